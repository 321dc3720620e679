# An image of a machine that runs tasks. Values: options.example.pkrvars.hcl. Packer 1.6 and later; from 1.7 on
# `packer plugins install github.com/hashicorp/amazon` (or docker) first.
variable "package" {
  type        = string
  description = "The package that npm pack made: slipway-VERSION.tgz."
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "instance_type" {
  type    = string
  default = "t3.medium"
}

variable "source_ami" {
  type        = string
  default     = ""
  description = "A Debian 12 image; empty: the newest one that Debian publishes."
}

variable "volume_gigabytes" {
  type    = number
  default = 100
}

variable "base_image" {
  type        = string
  default     = "debian:12"
  description = "What the container image of docker.worker is made of; it shows that the set-up works without a cloud."
}

variable "docker_run_options" {
  type        = list(string)
  default     = []
  description = "Options of docker run while that image is made, such as a network or a mounted certificate."
}

locals {
  name = "slipway-worker-${formatdate("YYYYMMDD-hhmmss", timestamp())}"
}

source "amazon-ebs" "worker" {
  region        = var.region
  instance_type = var.instance_type
  source_ami    = var.source_ami
  ami_name      = local.name
  ssh_username  = "admin"

  dynamic "source_ami_filter" {
    for_each = var.source_ami == "" ? [1] : []
    content {
      owners      = ["136693071363"] # Debian
      most_recent = true
      filters = {
        name                = "debian-12-amd64-*"
        virtualization-type = "hvm"
      }
    }
  }

  launch_block_device_mappings {
    device_name           = "/dev/xvda"
    volume_size           = var.volume_gigabytes
    volume_type           = "gp3"
    throughput            = 125  # MiB a second, and operations: what gp3 has without being paid for more
    iops                  = 3000
    delete_on_termination = true
  }

  tags = { Name = local.name }
}

source "docker" "worker" {
  image       = var.base_image
  pull        = false
  commit      = true
  run_command = concat(["-d", "-i", "-t"], var.docker_run_options, ["--entrypoint=/bin/sh", "--", "{{.Image}}"])
}

build {
  sources = ["source.amazon-ebs.worker", "source.docker.worker"]

  provisioner "file" {
    source      = var.package
    destination = "/tmp/slipway.tgz"
  }

  provisioner "file" {
    source      = "${path.root}/../systemd"
    destination = "/tmp/slipway-systemd"
  }

  provisioner "shell" {
    script          = "${path.root}/install-worker.sh"
    execute_command = "if command -v sudo >/dev/null; then sudo -n env {{ .Vars }} sh '{{ .Path }}'; else env {{ .Vars }} sh '{{ .Path }}'; fi"
  }
}
