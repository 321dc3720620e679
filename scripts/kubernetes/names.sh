# Sourced after shell.sh: where the Kubernetes for tests is, what it is made of, and the names of its images.
# shellcheck shell=sh

tools=.tools/kubernetes
cluster=$tools/cluster

kubernetes_programs="kube-apiserver kube-controller-manager kube-scheduler kubelet"
buildkit_programs="buildkitd buildctl buildctl-daemonless.sh"

buildkit_image=localhost/slipway-buildkit:rootless
pause_image=localhost/slipway-pause:1

# Whether the folder $1 has all the programs named after it.
has_programs() {
  folder=$1
  shift
  for program; do
    [ -x "$folder/$program" ] || return 1
  done
}

has_image() {
  docker image inspect --format '{{.Id}}' "$1" >/dev/null 2>&1
}

# What a kubelet sets in the kernel, for itself.
kernel_tunables="vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes"
