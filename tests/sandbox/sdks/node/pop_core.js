// Allocates an EIP by POST, looks at it by GET, and tries a wrong secret; prints what it saw as JSON.
const RPCClient = require("@alicloud/pop-core").RPCClient;

const [endpoint, accessKeyId, accessKeySecret] = process.argv.slice(2);
const open = (secret) =>
  new RPCClient({ accessKeyId, accessKeySecret: secret, endpoint, apiVersion: "2016-04-28", opts: { timeout: 10000 } });
const RegionId = "cn-hangzhou";

async function main() {
  const client = open(accessKeySecret);
  const wanted = { RegionId, Bandwidth: "7", ClientToken: "node-1", Tag: [{ Key: "from", Value: "nöde &=*~" }] };
  const made = await client.request("AllocateEipAddress", wanted, { method: "POST" });
  const again = await client.request("AllocateEipAddress", wanted, { method: "POST" });
  const seen = await client.request("DescribeEipAddresses", { RegionId, AllocationId: made.AllocationId });
  const refused = await open("wrong")
    .request("DescribeEipAddresses", { RegionId })
    .catch((error) => ({ code: error.code, status: error.entry && error.entry.response.statusCode }));
  console.log(JSON.stringify({ made, again, seen: seen.EipAddresses.EipAddress, refused }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
