# SPDX-License-Identifier: GPL-2.0-only
"""Clients of serve, by the thousand.

clients.py scrape PORT N    N connections at once, each with a request: "N answers"
clients.py idle PORT N      N connections that say nothing, until stdin ends
clients.py slow PORT N      N requests whose answers nobody reads, until stdin ends
clients.py dribble PORT N   N connections, each with a byte of a request a second
clients.py listen COMMAND   runs COMMAND as systemd does, with a listening socket; prints its port
"""
import os
import resource
import select
import socket
import sys
import time

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def raise_limit(n):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, n + 100), hard))


def is_whole(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    length = [line for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")]
    return head.startswith(b"HTTP/1.1 200 ") and length and len(body) == int(length[0][16:])


def scrape(port, n):
    """All are begun before the first is answered; each asks as soon as it may."""
    poll = select.epoll()
    waiting = {}
    for s in connect(port, n, 65536):
        waiting[s.fileno()] = (s, [])
        poll.register(s, select.EPOLLOUT)
    done = 0
    failures = {}
    while waiting:
        for fd, _ in poll.poll():
            s, answer = waiting[fd]
            try:
                if not answer:
                    s.send(REQUEST)
                    answer.append(b"")
                    poll.modify(s, select.EPOLLIN)
                    continue
                data = s.recv(65536)
                answer.append(data)
                if data:
                    continue
                why = None if is_whole(b"".join(answer)) else "cut off"
            except OSError as error:
                why = str(error)
            poll.unregister(s)
            s.close()
            del waiting[fd]
            done += not why
            if why:
                failures[why] = failures.get(why, 0) + 1
    print(done, "answers")
    for why, count in failures.items():
        print("#", count, why)


def connect(port, n, room=2048):
    sockets = []
    for _ in range(n):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        s.setblocking(False)
        s.connect_ex(("127.0.0.1", port))
        sockets.append(s)
    return sockets


def wait():
    print("ready", flush=True)
    sys.stdin.read()


def send(sockets, data):
    for s in sockets:
        try:
            s.send(data)
        except OSError:
            pass


def listen(command):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    print(s.getsockname()[1], flush=True)
    if s.fileno() == 3:
        os.set_inheritable(3, True)
    else:
        os.dup2(s.fileno(), 3)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
    os.execvp(command[0], command)


def main():
    what = sys.argv[1]
    if what == "listen":
        listen(sys.argv[2:])
    port, n = int(sys.argv[2]), int(sys.argv[3])
    raise_limit(n)
    if what == "scrape":
        scrape(port, n)
        return
    sockets = connect(port, n)
    if what == "slow":
        time.sleep(0.2)  # until they are connected; those that are not send nothing
        send(sockets, REQUEST.replace(b"Connection: close\r\n", b"") * 100)
    if what == "dribble":
        print("ready", flush=True)
        for byte in REQUEST[:20]:
            send(sockets, bytes([byte]))
            time.sleep(1)
        return
    wait()


main()
