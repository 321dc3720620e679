export const FORWARD_RUBY = `require 'socket'

port, path, ready = ARGV
Thread.report_on_exception = false

def copy(from, to)
  loop { to.write(from.readpartial(65_536)) }
rescue IOError, SystemCallError
  begin
    to.close_write
  rescue IOError, SystemCallError
    nil
  end
end

server = TCPServer.new('127.0.0.1', Integer(port))
File.write(ready, '')
loop do
  Thread.new(server.accept) do |near|
    far = UNIXSocket.new(path)
    sender = Thread.new { copy(near, far) }
    copy(far, near)
    sender.kill
    far.close
  ensure
    near.close
  end
end
`;
