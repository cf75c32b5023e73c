import asyncio
import ipaddress
import socket

import aiohttp
import pytest
from aiohttp.abc import ResolveResult

from providers.base import AddressRefused
from providers.guard import GuardedResolver, check_address, check_url, guarded_connector, is_allowed
from tests.providers.wire import head, sends, wire

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::101:101", "2002:101:101::"]
PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "::1",
    "fd12:3456::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "168.63.129.16",
    "100.100.100.200",
    "fd00:ec2::254",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "2001::1",
    "64:ff9b:1::1",
    "::ffff:169.254.169.254",
    "::ffff:224.0.0.1",
    "::ffff:0.0.0.0",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::",
]


def allowed(text: str, *, allow_private: bool) -> bool:
    try:
        check_address(text, allow_private=allow_private)
    except AddressRefused:
        return False
    return True


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_always_allowed(text):
    assert allowed(text, allow_private=False)
    assert allowed(text, allow_private=True)


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_need_permission(text):
    assert not allowed(text, allow_private=False)
    assert allowed(text, allow_private=True)


@pytest.mark.parametrize("text", NEVER)
def test_some_addresses_are_never_allowed(text):
    assert not allowed(text, allow_private=False)
    assert not allowed(text, allow_private=True)


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "2130706433", "0x7f.1", "1.1.1.1.1"])
def test_what_is_no_address_is_refused(text):
    assert not allowed(text, allow_private=True)


def test_no_local_network_is_public():
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"):
        ends = ipaddress.ip_network(network)
        for address in (ends[0], ends[-1]):
            assert not is_allowed(address, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ollama",
        "file:///etc/passwd",
        "ftp://example.com",
        "gopher://example.com",
        "unix:///run/x.sock",
        "http://",
        "http:///path",
        "http://a:b@example.com/",
        "http://example.com:99999/",
        "http://[::1/",
        "//example.com",
    ],
)
def test_only_plain_http_urls_are_allowed(url):
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v1", "http://ollama:11434", "http://[::1]:1/"]
)
def test_http_urls_are_allowed(url):
    assert check_url(url).host


class FakeResolver(GuardedResolver):
    """Gives one list of addresses after another, as a rebinding name server does."""

    def __init__(self, *answers: list[str], allow_private: bool = False) -> None:
        super().__init__(allow_private=allow_private)
        self.answers = list(answers)
        self.asked = 0

    async def lookup(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["1.1.1.1", "2606:4700::1", "fe80::1"], ["::1"]],
)
async def test_one_bad_address_refuses_the_name(addresses):
    with pytest.raises(AddressRefused):
        await FakeResolver(addresses).resolve("example.com", 80)


async def test_a_name_that_changes_its_address_is_judged_again():
    resolver = FakeResolver(["1.1.1.1"], ["169.254.169.254"], allow_private=True)
    assert await resolver.resolve("example.com", 80)
    with pytest.raises(AddressRefused):
        await resolver.resolve("example.com", 80)


async def get(url: str, *, allow_private: bool, resolver: GuardedResolver | None = None) -> int:
    connector = guarded_connector(allow_private=allow_private, resolver=resolver)
    async with (
        aiohttp.ClientSession(connector=connector, trust_env=False) as session,
        session.get(url, allow_redirects=False) as response,
    ):
        return response.status


async def test_the_connection_goes_to_the_address_that_was_checked():
    resolver = FakeResolver(["127.0.0.1"], ["169.254.169.254"], allow_private=True)
    async with wire(sends(head())) as served:
        url = served.base_url.replace("127.0.0.1", "name.invalid")
        assert await get(url, allow_private=True, resolver=resolver) == 200
    assert resolver.asked == 1
    assert served.requests[0].header("Host").startswith("name.invalid")


async def test_a_resolver_that_was_fooled_does_not_open_the_door():
    class Fooled(FakeResolver):
        async def resolve(self, host, port=0, family=socket.AF_UNSPEC):
            return await self.lookup(host, port, family)

    async with wire(sends(head())) as served:
        url = served.base_url.replace("127.0.0.1", "name.invalid")
        with pytest.raises(AddressRefused):
            await get(url, allow_private=False, resolver=Fooled(["127.0.0.1"]))
    assert served.requests == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "017700000001", "127.1", "[::1]"]
)
async def test_no_spelling_of_this_machine_gets_through(host):
    async with wire(sends(head())) as served:
        url = served.base_url.replace("127.0.0.1", host)
        with pytest.raises((AddressRefused, aiohttp.ClientError)):
            await get(url, allow_private=False)
    assert served.requests == []


async def test_this_machine_is_reached_with_permission():
    async with wire(sends(head())) as served:
        assert await get(served.base_url, allow_private=True) == 200


async def test_metadata_is_refused_even_with_permission():
    with pytest.raises(AddressRefused):
        async with asyncio.timeout(2):
            await get("http://169.254.169.254/latest/meta-data/", allow_private=True)
