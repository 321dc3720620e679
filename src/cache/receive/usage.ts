/** The receiver's `--help`. */
export const USAGE = `Usage: bst-artifact-receive [FLAGS] REPO

Takes artifacts that are pushed over ssh. sshd starts it for each connection, as the forced command of a key or an account;
it speaks with the client on its standard input and output, and with people on its standard error.

REPO is the folder of the repository, relative to the home folder of the account.

  -v, --verbose             say more; what goes well is silent all the same
  -d, --debug               say what happens to each object and ref
      --pull-url URL        tell clients where they can pull
      --read-only           refuse every push
      --write-prefix REF    refuse pushes of refs that are not REF or below it; may be repeated
      --write-once          never move a ref that names a complete artifact; a push that would ends well
      --idle-timeout TIME   leave a client that sends nothing for so long: 90s, 30m, 12h (default: 15m)
      --init                make an empty repository at REPO, and end
      --help                print this
      --version             print the version

Example, for ~/.ssh/authorized_keys (one line):
  restrict,command="bst-artifact-receive --write-prefix my-project artifacts" ssh-ed25519 AAAA... builder

Exit status: 0 when all went well, 1 when nothing was published, 2 when the command line is not understood.
`;
