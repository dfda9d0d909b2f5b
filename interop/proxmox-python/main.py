"""Drives a Proxmox VE cluster through the life of one machine with proxmoxer, a client that knows nothing of the cluster
being simulated. Reads the line of JSON that examples/datacenter prints."""

import json
import sys
import time

import requests
from proxmoxer import ProxmoxAPI
from proxmoxer.core import AuthenticationError, ResourceException
from proxmoxer.tools import Tasks

ISO = "interop-python.iso"
SCHEMATIC = "customization:\n  systemExtensions:\n    officialExtensions:\n      - siderolabs/qemu-guest-agent\n"


def require(condition, message):
    if not condition:
        raise SystemExit(f"FAILED {message}")


def refused(status, text, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ResourceException as e:
        require(e.status_code == status, f"status {e.status_code} instead of {status}: {e}")
        require(text in str(e), f"'{text}' not in '{e}'")
        return
    raise SystemExit(f"FAILED not refused with {status} {text}")


def finish(proxmox, what, upid):
    status = Tasks.blocking_status(proxmox, upid, timeout=120, polling_interval=0.1)
    require(status is not None, f"{what}: time is up")
    require(status["exitstatus"] == "OK", f"{what}: {status}")
    print("ok", what)


def login(d):
    host = d["proxmox"]["endpoint"].removeprefix("https://")
    ca = d["proxmox"]["caFile"]
    try:
        ProxmoxAPI(host, user=d["proxmox"]["user"], password="wrong", verify_ssl=ca)
        raise SystemExit("FAILED a wrong password got in")
    except AuthenticationError:
        pass
    by_ticket = ProxmoxAPI(host, user=d["proxmox"]["user"], password=d["proxmox"]["password"], verify_ssl=ca)
    print("ok login by password, Proxmox VE", by_ticket.version.get()["version"])
    by_ticket.pools.post(poolid="interop-python", comment="made by proxmoxer")
    require("interop-python" in [p["poolid"] for p in by_ticket.pools.get()], "pool is missing")
    by_ticket.pools("interop-python").delete()

    name, secret = d["proxmox"]["apiToken"].split("=")
    user, token = name.split("!")
    proxmox = ProxmoxAPI(host, user=user, token_name=token, token_value=secret, verify_ssl=ca, timeout=30)
    require(proxmox.version.get()["version"], "no version")
    print("ok login by token")
    return proxmox


def schematic(d):
    answer = requests.post(d["imageFactory"]["endpoint"] + "/schematics", data=SCHEMATIC, timeout=30,
                           headers={"Content-Type": "application/yaml"}, verify=d["imageFactory"]["caFile"])
    require(answer.ok, f"schematic: {answer.status_code} {answer.text}")
    return answer.json()["id"]


def lists(proxmox):
    nodes = sorted(n["node"] for n in proxmox.nodes.get())
    require(nodes, "no nodes")
    node = proxmox.nodes(nodes[0])
    require(node.status.get()["memory"]["total"] > 0, "no memory")
    storages = {s["storage"] for s in node.storage.get(content="images")}
    require({"nas", "local-lvm"} <= storages, f"storages {storages}")
    require("vmbr0" in [n["iface"] for n in node.network.get(type="bridge")], "no vmbr0")
    proxmox.cluster.resources.get(type="vm")
    require(proxmox.cluster.status.get()[0]["quorate"] == 1, "no quorum")
    print("ok lists of", len(nodes), "nodes")
    return node


def create(proxmox, node):
    vmid = int(proxmox.cluster.nextid.get())
    finish(proxmox, "create", node.qemu.post(
        vmid=vmid, name="interop-python", cores=2, memory=4096, cpu="host", machine="q35", agent="enabled=1", onboot=1,
        scsihw="virtio-scsi-single", scsi0="local-lvm:10,iothread=1", ide0="local-lvm:cloudinit",
        ide2=f"nas:iso/{ISO},media=cdrom", boot="order=scsi0;ide2", net0="virtio,bridge=vmbr0",
        ipconfig0="ip=192.168.62.78/24,gw=192.168.62.1", nameserver="192.168.62.1", tags="interop;python",
        description="line 1\nline 2 & <ümlaut>"))
    vm = node.qemu(vmid)
    config = vm.config.get()
    require(config["cores"] == 2 and config["memory"] == "4096", f"config {config}")
    require(config["description"].strip() == "line 1\nline 2 & <ümlaut>", f"description {config['description']}")
    require(config["scsi0"].startswith(f"local-lvm:vm-{vmid}-disk-0") and "size=10G" in config["scsi0"], config["scsi0"])
    refused(500, f"VM {vmid} already exists on node", node.qemu.post, vmid=vmid)
    refused(400, "Parameter verification failed", node.qemu.post, vmid=vmid + 1, cores=0)
    return vmid, vm


def agent(vm):
    for _ in range(600):
        try:
            interfaces = vm.agent("network-get-interfaces").get()["result"]
            found = [a["ip-address"] for i in interfaces for a in i.get("ip-addresses", [])]
            if "192.168.62.78" in found:
                print("ok agent reports the address of cloud-init")
                return
        except ResourceException as e:
            require("QEMU guest agent is not running" in str(e), f"agent: {e}")
        time.sleep(0.1)
    raise SystemExit("FAILED the agent does not report 192.168.62.78")


def main():
    d = json.load(sys.stdin)
    proxmox = login(d)
    node = lists(proxmox)
    url = f"https://factory.talos.dev/image/{schematic(d)}/v1.12.4/nocloud-amd64.iso"
    require(node("query-url-metadata").get(url=url)["size"] > 0, "no size")
    finish(proxmox, "download", node.storage("nas")("download-url").post(content="iso", filename=ISO, url=url))
    require(f"nas:iso/{ISO}" in [v["volid"] for v in node.storage("nas").content.get(content="iso")], "no ISO")
    vmid, vm = create(proxmox, node)
    finish(proxmox, "start", vm.status.start.post())
    current = vm.status.current.get()
    require(current["status"] == "running" and current["pid"] > 0, f"status {current}")
    agent(vm)
    finish(proxmox, "resize", vm.resize.put(disk="scsi0", size="+2G"))
    require("size=12G" in vm.config.get()["scsi0"], "not resized")
    vm.config.put(memory=5120)
    require([p for p in vm.pending.get() if p["key"] == "memory"][0]["pending"] == "5120", "memory is not pending")
    refused(500, f"VM {vmid} is running - destroy failed", vm.delete)
    finish(proxmox, "stop", vm.status.stop.post())
    require(vm.config.get()["memory"] == "5120", "pending memory was not taken")
    finish(proxmox, "delete", vm.delete(**{"purge": 1, "destroy-unreferenced-disks": 1}))
    refused(500, "does not exist", vm.config.get)
    finish(proxmox, "delete iso", node.storage("nas").content(f"iso/{ISO}").delete())
    print("PASSED proxmoxer")


main()
