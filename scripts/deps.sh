#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# deps.sh [-n] build|test: install what is missing to build, or to build and test.
#
# A need is met when it is there, whoever put it there: packages are asked for
# only where the command, header, library or file itself is missing, and the
# network is not touched when nothing is.  -n says what would be done.

set -eu

# What to look for, and the package that has it: "-" where a distribution has
# none.  cmd: a command; static: one without shared libraries; pc: a library, by
# pkg-config; hdr: a header; boot: a kernel; src: its source; san: sanitizers; py: a module.
table()
{
	cat <<-'END'
	# for what                   apt-get                dnf                   pacman            zypper            why
	build cmd:clang              clang                  clang                 clang             clang             BPF compiler
	build cmd:llvm-strip         llvm                   llvm                  llvm              llvm              strips BPF objects
	build cmd:gcc                gcc                    gcc                   gcc               gcc               C compiler
	build cmd:make               make                   make                  make              make              build
	build cmd:pkg-config         pkg-config             pkgconf-pkg-config    pkgconf           pkg-config        finds libraries
	build cmd:bpftool            bpftool                bpftool               bpf               bpftool           BPF skeletons
	build pc:libbpf              libbpf-dev             libbpf-devel          libbpf            libbpf-devel      BPF loader
	build pc:libelf              libelf-dev             elfutils-libelf-devel libelf            libelf-devel      for libbpf
	build pc:zlib                zlib1g-dev             zlib-devel            zlib              zlib-devel        for libbpf
	build pc:libmnl              libmnl-dev             libmnl-devel          libmnl            libmnl-devel      netlink
	build pc:libsodium           libsodium-dev          libsodium-devel       libsodium         libsodium-devel   WireGuard keys
	build pc:yaml-0.1            libyaml-dev            libyaml-devel         libyaml           libyaml-devel     topology files
	build hdr:stdio.h            libc6-dev              glibc-devel           glibc             glibc-devel       C library
	build hdr:linux/bpf.h        linux-libc-dev         kernel-headers        linux-api-headers linux-glibc-devel kernel interface
	build pc:jansson             libjansson-dev         jansson-devel         jansson           libjansson-devel  files of container runtimes
	build pc:libcap              libcap-dev             libcap-devel          libcap            libcap-devel      serve gives up rights
	build pc:libseccomp          libseccomp-dev         libseccomp-devel      libseccomp        libseccomp-devel  serve gives up system calls
	build pc:libmicrohttpd       libmicrohttpd-dev      libmicrohttpd-devel   libmicrohttpd     libmicrohttpd-devel serve's HTTP
	build pc:gnutls              libgnutls28-dev        gnutls-devel          gnutls            libgnutls-devel   serve's TLS
	build pc:libcrypt            libcrypt-dev           libxcrypt-devel       libxcrypt         libxcrypt-devel   serve's passwords
	build pc:ncursesw            libncurses-dev         ncurses-devel         ncurses           ncurses-devel     top
	test  cmd:ip                 iproute2               iproute               iproute2          iproute2          topologies
	test  cmd:tc                 iproute2               iproute-tc            iproute2          iproute2          compared with
	test  cmd:bird               bird2                  bird                  bird              bird              routing daemon
	test  cmd:vtysh              frr                    frr                   frr               frr               routing daemons
	test  cmd:traceroute         traceroute             traceroute            traceroute        traceroute        topologies
	test  cmd:ping               iputils-ping           iputils               iputils           iputils           traffic
	test  cmd:nft                nftables               nftables              nftables          nftables          compared with
	test  cmd:iperf3             iperf3                 iperf3                iperf3            iperf             traffic
	test  cmd:wg                 wireguard-tools        wireguard-tools       wireguard-tools   wireguard-tools   compared with
	test  cmd:wireguard-go       wireguard-go           -                     -                 -                 tunnels without the kernel's
	test  cmd:tcpdump            tcpdump                tcpdump               tcpdump           tcpdump           captures
	test  cmd:tshark             tshark                 wireshark-cli         wireshark-cli     wireshark         compared with
	test  cmd:ethtool            ethtool                ethtool               ethtool           ethtool           offloads
	test  cmd:qemu-system-x86_64 qemu-system-x86        qemu-system-x86-core  qemu-system-x86   qemu-x86          other kernels
	test  static:busybox         busybox-static         busybox               busybox           busybox-static    other kernels
	test  boot:6.1               linux-image-amd64      -                     -                 -                 kernel 6.1
	test  boot:6.12              linux-image-6.12-amd64 -                     -                 -                 kernel 6.12
	test  src:6.12               linux-source-6.12      -                     -                 -                 kselftest harness
	test  cmd:modprobe           kmod                   kmod                  kmod              kmod              other kernels
	test  cmd:cpio               cpio                   cpio                  cpio              cpio              other kernels
	test  cmd:xz                 xz-utils               xz                    xz                xz                kernel source and modules
	test  cmd:zstd               zstd                   zstd                  zstd              zstd              kernel modules
	test  cmd:shellcheck         shellcheck             ShellCheck            shellcheck        ShellCheck        checks scripts
	test  cmd:clang-format       clang-format           clang-tools-extra     clang             clang             checks style
	test  cmd:clang-tidy         clang-tidy             clang-tools-extra     clang             clang-tools       checks C
	test  cmd:cppcheck           cppcheck               cppcheck              cppcheck          cppcheck          checks C
	test  san:fuzzer,address     libclang-rt-dev        compiler-rt           compiler-rt       clang             fuzzing, sanitizers
	test  cmd:valgrind           valgrind               valgrind              valgrind          valgrind          checks memory
	test  cmd:mandoc             mandoc                 mandoc                mandoc            mandoc            checks man pages
	test  cmd:jq                 jq                     jq                    jq                jq                tests read JSON
	test  cmd:strace             strace                 strace                strace            strace            kills at each system call
	test  cmd:crun               crun                   crun                  crun              crun              a container
	test  cmd:runc               runc                   runc                  runc              runc              a container
	test  cmd:podman             podman                 podman                podman            podman            a container
	test  cmd:catatonit          catatonit              catatonit             catatonit         catatonit         podman's pods
	test  cmd:lxc-execute        lxc                    lxc                   lxc               lxc               a container
	test  cmd:dockerd            docker.io              moby-engine           docker            docker            containers
	test  cmd:systemctl          systemd                systemd               systemd           systemd           the unit
	test  cmd:systemd-nspawn     systemd-container      systemd-container     systemd           systemd-container machines
	test  cmd:pod2usage         perl                   perl-Pod-Usage        perl              perl              kernel-doc
	test  cmd:curl               curl                   curl                  curl              curl              HTTP
	test  cmd:openssl            openssl                openssl               openssl           openssl           certificates
	test  cmd:tmux               tmux                   tmux                  tmux              tmux              a terminal for top
	test  cmd:promtool           prometheus             golang-github-prometheus prometheus     golang-github-prometheus-prometheus reads metrics
	test  cmd:nfcapd             nfdump                 nfdump                nfdump            nfdump            reads IPFIX
	test  cmd:python3            python3                python3               python            python3           test tools
	test  py:yaml                python3-yaml           python3-pyyaml        python-yaml       python3-PyYAML    checks topology files
	test  py:jsonschema          python3-jsonschema     python3-jsonschema    python-jsonschema python3-jsonschema checks topology files
	END
}

say()
{
	echo "deps.sh: $*"
}

die()
{
	echo "deps.sh: $*" >&2
	exit 1
}

usage()
{
	echo "usage: deps.sh [-n] build|test" >&2
	exit 2
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

links()
{
	echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return !p && n; }' |
		clang "-fsanitize=$1" -x c -o /dev/null - 2>/dev/null
}

# An unmatched pattern stays as it is, and names no file.
matches()
{
	# shellcheck disable=SC2086 # $1 is a pattern
	set -- $1
	[ -e "$1" ]
}

met()
{
	name=${1#*:}
	case $1 in
	cmd:*) have "$name" ;;
	static:*) have "$name" && ! ldd "$(command -v "$name")" >/dev/null 2>&1 ;;
	pc:*) have pkg-config && pkg-config --exists "$name" ;;
	hdr:*) [ -e "/usr/include/$name" ] ;;
	boot:*) matches "/boot/vmlinuz-$name.*-amd64" ;;
	src:*) [ -e "/usr/src/linux-source-$name.tar.xz" ] ;;
	san:*) have clang && links "$name" ;;
	py:*) have python3 && python3 -c "import $name" 2>/dev/null ;;
	esac
}

# Sets packages (a list, each once), reasons (for people), and unpackaged.
find_missing()
{
	packages=
	reasons=
	unpackaged=
	while read -r set what apt dnf pacman zypper why; do
		case $goal:$set in
		*:\# | build:test) continue ;;
		esac
		if met "$what"; then
			continue
		fi
		case $manager in
		apt-get) package=$apt ;;
		dnf) package=$dnf ;;
		pacman) package=$pacman ;;
		zypper) package=$zypper ;;
		*) package=- ;;
		esac
		case " $packages " in
		*" $package "*) continue ;;
		esac
		if [ "$package" = - ]; then
			unpackaged="$unpackaged${unpackaged:+, }${what#*:} ($why)"
		else
			packages="$packages${packages:+ }$package"
			reasons="$reasons${reasons:+, }$package ($why)"
		fi
	done <<-END
	$(table)
	END
}

apt_install()
{
	# shellcheck disable=SC2086 # a list
	DEBIAN_FRONTEND=noninteractive apt-get "$@" -qq -y \
		--no-install-recommends install $packages </dev/null
}

# Debian starts the services of what is installed. Tests want their commands alone: none of them
# shall listen, route or filter on this host. Who has a policy of his own keeps it.
start_no_services()
{
	policy=/usr/sbin/policy-rc.d
	[ ! -e "$policy" ] || return 0
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
}

# The lists may be absent, or so old that what they name is gone.
with_apt_get()
{
	start_no_services || return
	if apt_install -s >/dev/null 2>&1 && apt_install; then
		return
	fi
	apt-get -qq update && apt_install
}

# pacman has no partial upgrades: a package of today wants the system of today.
install_packages()
{
	# shellcheck disable=SC2086 # a list
	case $manager in
	apt-get) with_apt_get ;;
	dnf) dnf -q -y --setopt=install_weak_deps=False install $packages ;;
	pacman) pacman -Syu --needed --noconfirm $packages ;;
	zypper) zypper -n -q install --no-recommends $packages ;;
	esac
}

dry=
while getopts n option; do
	case $option in
	n) dry=1 ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || usage
goal=$1
case $goal in
build | test) ;;
*) usage ;;
esac

PATH=$PATH:/usr/sbin:/sbin
manager=
for candidate in apt-get dnf pacman zypper; do
	if have "$candidate"; then
		manager=$candidate
		break
	fi
done

find_missing
if [ -z "$packages$unpackaged" ]; then
	say "nothing is missing to $goal"
	exit 0
fi
[ -n "$manager" ] ||
	die "no apt-get, dnf, pacman or zypper: install by hand $unpackaged"
if [ -n "$packages" ]; then
	if [ -n "$dry" ]; then
		say "$manager would install, to $goal: $reasons"
	elif [ "$(id -u)" -ne 0 ]; then
		die "only root can install, to $goal: $reasons"
	else
		say "$manager installs, to $goal: $reasons"
		install_packages || die "$manager could not install $packages"
		find_missing
		[ -z "$packages" ] || die "still missing after $manager: $reasons"
	fi
fi
if [ -n "$unpackaged" ]; then
	say "not packaged for $manager, tests that need it are skipped: $unpackaged"
fi
