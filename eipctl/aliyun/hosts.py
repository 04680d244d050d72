"""The vendor's hosts that don't follow the pattern ``<product>.<region>.aliyuncs.com``.

From the published metadata (github.com/aliyun/aliyun-openapi-meta, products.json, 2026-04) and, for regions that it
does not have, from the endpoint maps of the vendor's newest SDKs (alibabacloud-ecs20140526 7.11.8, -sts20150401 1.2.0,
-cs20151215 7.2.3, -vpc20160428 7.2.2).
"""

from __future__ import annotations

INTERNAL = {
    "vpc": "vpc-vpc.{region}.aliyuncs.com",
    "ecs": "ecs-vpc.{region}.aliyuncs.com",
    "sts": "sts-vpc.{region}.aliyuncs.com",
    "cs": "cs-anony-vpc.{region}.aliyuncs.com",
    "ram": "ram.vpc-proxy.aliyuncs.com",
}
"""The hosts inside a VPC."""

_INTERNAL_LESS = {
    "vpc": "cn-hangzhou-finance cn-zhongwei us-southeast-1",
    "ecs": "cn-hangzhou-finance",
    "sts": "ap-south-1 ap-southeast-2 ap-southeast-6 cn-hangzhou-finance cn-heyuan-acdr-1 cn-zhengzhou-jva cn-zhongwei "
    "us-southeast-1",
    "cs": "ap-southeast-6 cn-zhongwei",
    "ram": "ap-northeast-2 ap-south-1 ap-southeast-2 ap-southeast-6 ap-southeast-7 cn-beijing-finance-1 cn-fuzhou "
    "cn-guangzhou cn-hangzhou-finance cn-heyuan cn-heyuan-acdr-1 cn-nanjing cn-wuhan-lr cn-wulanchabu cn-zhengzhou-jva "
    "cn-zhongwei me-central-1 me-east-1 na-south-1 us-southeast-1",
}
INTERNAL_LESS = {product: frozenset(regions.split()) for product, regions in _INTERNAL_LESS.items()}
"""Regions in which a product has no host inside a VPC: there its public one is used, as the aliyun CLI does."""

_OLD = (
    "ap-northeast-2-pop cn-beijing-finance-pop cn-beijing-gov-1 cn-beijing-nu16-b01 cn-edge-1 cn-fujian "
    "cn-haidian-cm12-c01 cn-hangzhou-bj-b01 cn-hangzhou-internal-prod-1 cn-hangzhou-internal-test-1 "
    "cn-hangzhou-internal-test-2 cn-hangzhou-internal-test-3 cn-hangzhou-test-306 cn-hongkong-finance-pop "
    "cn-shanghai-et15-b01 cn-shanghai-et2-b01 cn-shanghai-inner cn-shanghai-internal-test-1 cn-shenzhen-inner "
    "cn-shenzhen-st4-d01 cn-shenzhen-su18-b01 cn-wuhan cn-yushanfang cn-zhangbei cn-zhangbei-na61-b01 "
    "cn-zhangjiakou-na62-a01 cn-zhengzhou-nebula-1 eu-west-1-oxs rus-west-1-pop"
)
_BY_HOST = {
    "vpc": {
        "vpc.aliyuncs.com": "ap-northeast-2-pop cn-beijing-finance-pop cn-beijing-gov-1 cn-beijing-nu16-b01 cn-fujian "
        "cn-haidian-cm12-c01 cn-hangzhou-bj-b01 cn-hangzhou-finance cn-hangzhou-internal-prod-1 "
        "cn-hongkong-finance-pop cn-north-2-gov-1 cn-shanghai-et2-b01 cn-shanghai-inner cn-shenzhen-inner "
        "cn-shenzhen-st4-d01 cn-shenzhen-su18-b01 cn-wuhan cn-yushanfang cn-zhangbei cn-zhangbei-na61-b01 "
        "rus-west-1-pop",
        "vpc-pre.cn-hangzhou.aliyuncs.com": "cn-hangzhou-internal-test-1 cn-hangzhou-internal-test-3 "
        "cn-hangzhou-test-306 cn-shanghai-et15-b01 cn-shanghai-internal-test-1",
        "vpc-inner-pre.cn-hangzhou.aliyuncs.com": "cn-hangzhou-internal-test-2",
        "vpc-nebula.cn-qingdao-nebula.aliyuncs.com": "cn-edge-1 cn-huhehaote-nebula-1 cn-qingdao-nebula "
        "cn-zhengzhou-nebula-1",
        "vpc-nebula.cn-shenzhen-cloudstone.aliyuncs.com": "eu-west-1-oxs",
        "vpc.cn-zhangjiakou.aliyuncs.com": "cn-zhangjiakou-na62-a01",
    },
    "ecs": {
        "ecs.aliyuncs.com": "ap-northeast-2-pop cn-beijing-finance-pop cn-beijing-gov-1 cn-hangzhou-finance "
        "cn-hongkong-finance-pop cn-north-2-gov-1 cn-shanghai-inner cn-shenzhen-inner cn-wuhan cn-yushanfang "
        "cn-zhangbei rus-west-1-pop",
        "ecs-cn-hangzhou.aliyuncs.com": "cn-beijing-nu16-b01 cn-fujian cn-haidian-cm12-c01 cn-hangzhou-bj-b01 "
        "cn-hangzhou-internal-prod-1 cn-hangzhou-internal-test-1 cn-hangzhou-internal-test-2 "
        "cn-hangzhou-internal-test-3 cn-hangzhou-test-306 cn-shanghai-et15-b01 cn-shanghai-et2-b01 "
        "cn-shanghai-internal-test-1 cn-shenzhen-st4-d01 cn-shenzhen-su18-b01 cn-zhangbei-na61-b01",
        "ecs.cn-qingdao-nebula.aliyuncs.com": "cn-edge-1 cn-huhehaote-nebula-1 cn-zhengzhou-nebula-1",
        "ecs.cn-shenzhen-cloudstone.aliyuncs.com": "eu-west-1-oxs",
        "ecs.cn-zhangjiakou.aliyuncs.com": "cn-zhangjiakou-na62-a01",
    },
    "sts": {
        "sts.aliyuncs.com": f"{_OLD} ap-south-1 ap-southeast-2 cn-hangzhou-finance cn-huhehaote-nebula-1 "
        "cn-shenzhen-finance-1"
    },
    "cs": {"cs.aliyuncs.com": f"{_OLD.replace('cn-edge-1', 'cn-edge-1 cn-qingdao-nebula')}"},
}
ODD = {
    (product, region): host
    for product, hosts in _BY_HOST.items()
    for host, regions in hosts.items()
    for region in regions.split()
}
"""(product, region) → host."""
