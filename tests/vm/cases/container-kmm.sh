# SPDX-License-Identifier: MIT
# The image of packaging/k8s as the Kernel Module Management operator uses it, with
# what packaging/k8s/module.yaml says: a container of that image, without privileges, copies
# modules and firmware to a folder of the pod; the worker puts the firmware onto
# the node, tells the kernel where, and runs modprobe; another one unloads.
# The worker's own image is Red Hat's: its modprobe here is that of ours.
# kernels: stock
# boards: 1
# containers: kmm
# boot: own
# timeout: 120

# The node's, where the README has KMM put the firmware.
NODE_FIRMWARE=/var/lib/firmware
mkdir -p $NODE_FIRMWARE /lib/modules
mount -t tmpfs firmware $NODE_FIRMWARE
. /lab/containers.sh
printf '\n' >/sys/module/firmware_class/parameters/path
. /tmp/kmm/IMAGE
shared=/tmp/data/shared
mkdir $shared

# worker CAPS SCRIPT: in the pod that has the files.
worker() {
	engine kmm --caps "$1" --volume $shared:/tmp:ro --volume /lib/modules:/lib/modules:ro \
		--volume $NODE_FIRMWARE:$NODE_FIRMWARE -- sh -euxc "$2"
}

# --- every kernel of the image can be loaded from it

kernels=$(ls /tmp/kmm/opt/lib/modules)
echo "$kernels"
assert_eq "$(echo "$kernels" | wc -l)" 2 'kernels in the image'
for kernel in $kernels; do
	loads=$(engine kmm --caps sys_module -- modprobe -d "$MODULES" -S "$kernel" --show-depends "$MODULE")
	assert_eq "${loads% }" "insmod $MODULES/lib/modules/$kernel/hailo_pci.ko" "what modprobe would load on $kernel"
done

# --- load

engine kmm --caps chown,dac_override,fowner --volume $shared:/tmp -- /bin/sh -c "
	mkdir -p /tmp$MODULES/lib/modules; cp -R $MODULES/lib/modules/$(uname -r) /tmp$MODULES/lib/modules
	mkdir -p /tmp$FIRMWARE_FILES; cp -R $FIRMWARE_FILES/* /tmp$FIRMWARE_FILES"
worker all "
	printf %s $NODE_FIRMWARE >/sys/module/firmware_class/parameters/path
	cp -R /tmp$FIRMWARE_FILES/. $NODE_FIRMWARE
	modprobe -vd /tmp$MODULES $MODULE $PARAMETERS"
out=$(hailo-fwtool identify) || fail "the board does not answer: $out"
echo "$out"
assert_match "$out" '^Firmware Version: 4.20.0 '
for parameter in $PARAMETERS; do
	assert_eq "$(cat "/sys/module/hailo_pci/parameters/${parameter%%=*}")" "${parameter#*=}" "${parameter%%=*}"
done

# --- unload

worker sys_module "modprobe -rvd /tmp$MODULES $MODULE"
assert_fails grep -q '^hailo_pci ' /proc/modules
