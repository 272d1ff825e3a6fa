sed '/^net_run/,$d' ./test_tunnel.sh > tt1.sh
echo "$1" >> tt1.sh
cat >> tt1.sh <<'END2'
snapshot_all > $TMPDIR/after
for q in "link.skbs netns=left ifname=vx direction=egress" "link.packets netns=left ifname=vx direction=egress" "link.bytes netns=left ifname=vx direction=egress" "link.skbs netns=left ifname=right direction=egress" "link.packets netns=left ifname=right direction=egress" "link.bytes netns=left ifname=right direction=egress" "link.bytes netns=right ifname=left direction=ingress" "link.packets netns=right ifname=left direction=ingress" "if.tx_packets netns=left dev=right" "if.tx_bytes netns=left dev=right"; do echo "$q: $(net_sum "$q")"; done
END2
SEKISHO=/tmp/ct/sekisho SEK_BUILD=/tmp/ct sh ./tt1.sh
rm tt1.sh
