#!/bin/sh
# Makes MPR's buckets and a user that reaches these alone. May be called again: with another AWS_SECRET_ACCESS_KEY it changes the user's.
set -eu

buckets="mpr-media-in mpr-media-out mpr-compute-logs"
policy=/tmp/mpr-policy.json

mc alias set store "$MINIO_URL" "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD" >/dev/null
resources=""
for bucket in $buckets; do
    mc mb --ignore-existing "store/$bucket"
    resources="$resources\"arn:aws:s3:::$bucket\",\"arn:aws:s3:::$bucket/*\","
done
cat >"$policy" <<EOF
{"Version": "2012-10-17",
 "Statement": [{"Effect": "Allow",
   "Action": ["s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject", "s3:PutObject", "s3:DeleteObject",
     "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:ListBucketMultipartUploads"],
   "Resource": [${resources%,}]}]}
EOF
mc admin policy create store mpr "$policy"
mc admin user add store "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY"
# Says so where the user has the policy already, and fails then. The image of mc has a shell and no grep.
if ! mc admin policy attach store mpr --user "$AWS_ACCESS_KEY_ID"; then
    case "$(mc admin user info store "$AWS_ACCESS_KEY_ID" --json)" in
    *'"policyName":'*mpr*) ;;
    *) exit 1 ;;
    esac
fi
