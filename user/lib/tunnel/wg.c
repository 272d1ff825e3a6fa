// SPDX-License-Identifier: GPL-2.0-only
#include "wg.h"

#include <errno.h>
#include <string.h>

#include "../rtnl.h"

int sek_wg_set(const struct sek_device *d)
{
	return d->userspace ? sek_wg_uapi_set(d) : sek_wg_netlink_set(d);
}

int sek_wg_set_endpoint(const struct sek_device *d, const struct sek_key *key,
			const union sek_endpoint *endpoint)
{
	return d->userspace ? sek_wg_uapi_set_endpoint(d, key, endpoint)
			    : sek_wg_netlink_set_endpoint(d, key, endpoint);
}

int sek_wg_get(const char *name, struct sek_device *ret)
{
	struct sek_device d = { 0 };
	struct sek_iface i;
	int err = sek_rtnl_iface(name, &i);

	if (err)
		return err;
	memcpy(d.name, i.name, sizeof(d.name));
	d.ifindex = i.ifindex;
	d.userspace = !strcmp(i.kind, "tun");
	if (d.userspace)
		err = sek_wg_uapi_get(&d);
	else if (!strcmp(i.kind, "wireguard"))
		err = sek_wg_netlink_get(&d);
	else
		err = -EOPNOTSUPP;
	if (err) {
		sek_device_release(&d);
		return err;
	}
	*ret = d;
	return 0;
}
