/** Debian's and Ubuntu's smallest images have this much of Perl. */
export const FORWARD_PERL = `use strict;
use warnings;
use IO::Socket::INET;
use IO::Socket::UNIX;

my ($port, $socket, $ready) = @ARGV;
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';

sub copy {
    my ($from, $to) = @_;
    while (sysread($from, my $bytes, 65536)) {
        for (my $sent = 0; $sent < length $bytes;) {
            my $now = syswrite($to, $bytes, length($bytes) - $sent, $sent);
            return unless defined $now;
            $sent += $now;
        }
    }
    shutdown($to, 1);
}

my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 128) or die "listen: $@";
open(my $mark, '>', $ready) or die "$ready: $!";
close $mark;
while (1) {
    my $near = $server->accept() or next;
    my $serving = fork();
    next if !defined $serving || $serving;
    close $server;
    my $far = IO::Socket::UNIX->new(Peer => $socket) or exit 1;
    my $sender = fork();
    exit 1 if !defined $sender;
    if ($sender == 0) {
        copy($near, $far);
        exit 0;
    }
    copy($far, $near);
    kill 'TERM', $sender;
    exit 0;
}
`;
