"""Which addresses Atelier may connect to.

The check sits where sockets are made, so it judges the very address that is connected to: a
name that resolves differently a moment later, or an unusual spelling of an address, gains
nothing. Redirects are never followed, so every address passes here.
"""

import asyncio
import ipaddress
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from yarl import URL

from providers.base import AddressRefused

Address = IPv4Address | IPv6Address

# IPv6 ranges that only wrap an IPv4 address: (network, how far to shift the address right).
_WRAPPED_IPV4 = (
    (IPv6Network("64:ff9b::/96"), 0),  # NAT64
    (IPv6Network("2002::/16"), 80),  # 6to4
    (IPv6Network("::/96"), 0),  # IPv4-compatible, long deprecated
    (IPv6Network("::ffff:0:0/96"), 0),  # IPv4-mapped
)
# Python calls some of these global: they route to no public endpoint, or into a local network.
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "168.63.129.16/32", "192.88.99.0/24", "64:ff9b:1::/48", "fec0::/10")
)
# The metadata services of clouds that do not live in a link-local range.
_METADATA = tuple(ipaddress.ip_address(text) for text in ("100.100.100.200", "fd00:ec2::254"))
_CARRIER_NAT = ipaddress.ip_network("100.64.0.0/10")


def is_allowed(address: Address, *, allow_private: bool) -> bool:
    """Public addresses always; private, loopback and carrier NAT where `allow_private`;
    link-local, metadata, multicast, reserved and unspecified ones never."""
    if isinstance(address, IPv6Address):
        if address in (IPv6Address("::"), IPv6Address("::1")):
            return allow_private and address.is_loopback
        for network, shift in _WRAPPED_IPV4:
            if address in network:
                inner = IPv4Address(int(address) >> shift & 0xFFFFFFFF)
                return is_allowed(inner, allow_private=allow_private)
    if _is_never_allowed(address):
        return False
    if address.is_loopback or address.is_private or address in _CARRIER_NAT:
        return allow_private and _is_local_network(address)
    return address.is_global


def _is_never_allowed(address: Address) -> bool:
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address in _METADATA
        or any(address in network for network in _NEVER)
        or (isinstance(address, IPv4Address) and address.is_reserved)
    )


_LOCAL_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
)


def _is_local_network(address: Address) -> bool:
    """Python's `is_private` also names documentation and benchmark ranges."""
    return any(address in network for network in _LOCAL_NETWORKS)


def check_address(text: str, *, allow_private: bool) -> None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        raise AddressRefused(f"{text} is not an address") from None
    if is_allowed(address, allow_private=allow_private):
        return
    if is_allowed(address, allow_private=True):
        raise AddressRefused(f"the address {text} is private, and private ones are not allowed")
    raise AddressRefused(f"the address {text} is not allowed")


def check_url(url: str) -> URL:
    """The URL, when it is one that may be tried at all: http or https, with a host."""
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError:
        raise AddressRefused("not a URL") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or not port:
        raise AddressRefused("only http and https URLs are allowed")
    if parsed.user is not None or parsed.password is not None:
        raise AddressRefused("a URL with a user name or password is not allowed")
    return parsed


class GuardedResolver(AbstractResolver):
    """Resolves a name and refuses it when any of its addresses is not allowed."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self.lookup(host, port, family)
        for address in found:
            check_address(address["host"], allow_private=self._allow_private)
        return found

    async def lookup(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        infos = await loop.getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(sockaddr[0]),
                port=port,
                family=found_family,
                proto=proto,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found_family, _, proto, _, sockaddr in infos
        ]

    async def close(self) -> None:
        return None


def guarded_connector(
    *, allow_private: bool, resolver: GuardedResolver | None = None
) -> aiohttp.TCPConnector:
    """A connector without a limit of connections that makes no socket to a refused address.

    Connections are kept for reuse, so one connector must serve one `allow_private` only.
    """

    def make_socket(info: AddrInfoType) -> socket.socket:
        check_address(str(info[4][0]), allow_private=allow_private)
        made = socket.socket(info[0], info[1], info[2])
        made.setblocking(False)
        return made

    return aiohttp.TCPConnector(
        limit=0,
        resolver=resolver or GuardedResolver(allow_private=allow_private),
        socket_factory=make_socket,
        keepalive_timeout=30,
    )
