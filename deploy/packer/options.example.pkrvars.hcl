# Copy it, and give the copy to deploy: deploy/packer/deploy --options mine.pkrvars.hcl
region           = "us-east-1"
instance_type    = "t3.medium"
volume_gigabytes = 100
