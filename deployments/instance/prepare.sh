#!/bin/sh
# Brings the tables of the Dagster instance to the installed version and sets how many stages of each pool run at once.
# May be called again at any time: what is up to date stays as it is.
set -eu

dagster instance migrate
dagster instance concurrency set gpu "${MPR_POOL_GPU:-1}"
dagster instance concurrency set cloud "${MPR_POOL_CLOUD:-4}"
