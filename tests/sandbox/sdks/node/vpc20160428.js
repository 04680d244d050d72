// Buys, binds, unbinds and releases an EIP, and tries a wrong secret; prints what it saw as JSON.
const { default: Client, ...vpc } = require("@alicloud/vpc20160428");
const { Config } = require("@alicloud/openapi-core").$OpenApiUtil;

const [endpoint, accessKeyId, accessKeySecret, instanceId, privateIpAddress] = process.argv.slice(2);
const regionId = "cn-hangzhou";
const open = (secret) =>
  new Client(new Config({ accessKeyId, accessKeySecret: secret, regionId, protocol: "http", endpoint: new URL(endpoint).host }));
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function main() {
  const client = open(accessKeySecret);
  const wanted = new vpc.AllocateEipAddressRequest({
    regionId,
    bandwidth: "8",
    clientToken: "node-vpc-1",
    tag: [new vpc.AllocateEipAddressRequestTag({ key: "from", value: "nöde &=*~" })],
  });
  const allocationId = (await client.allocateEipAddress(wanted)).body.allocationId;
  const again = (await client.allocateEipAddress(wanted)).body.allocationId;
  const look = async () =>
    (await client.describeEipAddresses(new vpc.DescribeEipAddressesRequest({ regionId, allocationId }))).body
      .eipAddresses.eipAddress[0];
  const settled = async (status) => {
    for (let tries = 0; tries < 500; tries++) {
      const eip = await look();
      if (eip.status === status) return eip;
      await pause(20);
    }
    throw new Error(`${allocationId} is not ${status}`);
  };
  const binding = { regionId, allocationId, instanceId, instanceType: "NetworkInterface", privateIpAddress };
  await client.associateEipAddress(new vpc.AssociateEipAddressRequest(binding));
  const bound = await settled("InUse");
  await client.unassociateEipAddress(new vpc.UnassociateEipAddressRequest(binding));
  const free = await settled("Available");
  await client.releaseEipAddress(new vpc.ReleaseEipAddressRequest({ regionId, allocationId }));
  const refused = await open("wrong")
    .describeEipAddresses(new vpc.DescribeEipAddressesRequest({ regionId }))
    .catch((error) => ({ code: error.code, status: error.statusCode }));
  console.log(JSON.stringify({ allocationId, again, bound: bound.toMap(), free: free.toMap(), refused }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
