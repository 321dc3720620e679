export const FORWARD_PYTHON = `import socket
import sys
import threading

port, path, ready = int(sys.argv[1]), sys.argv[2], sys.argv[3]


def copy(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(near):
    far = socket.socket(socket.AF_UNIX)
    try:
        far.connect(path)
        threading.Thread(target=copy, args=(near, far), daemon=True).start()
        copy(far, near)
    except OSError:
        pass
    finally:
        for each in (near, far):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()


server = socket.socket()
server.bind(('127.0.0.1', port))
server.listen(128)
open(ready, 'w').close()
while True:
    connection, _ = server.accept()
    threading.Thread(target=serve, args=(connection,), daemon=True).start()
`;
