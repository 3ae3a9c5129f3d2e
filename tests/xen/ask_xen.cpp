// SPDX-License-Identifier: GPL-2.0-or-later
//
// For the cases tests/xen/cases/libxl-*: what the library makes of Xen and xenstore, which calls
// use only together with all else.   usage: ask-xen QUESTION [WORD...]
//   assignable            PCI devices that a domain may be given, a line each
//   assigned ID           those that it has
//   disks ID              those that it has: name, backend, path, r or w, a line each
//   attach ID BACKEND PATH NAME r|w MILLISECONDS, detach ID NAME MILLISECONDS   a disk of BACKEND
//   host                  memory and free memory in KiB, processors
//   read|list|remove PATH, write PATH VALUE, permit PATH ID r|rw   xenstore; `read` of nothing:
//   exit 4
// An error is a line on standard error, with what would go to the log, and exit code 1.

#include "base/error.hpp"
#include "hypervisor/libxl/loaded.hpp"
#include "hypervisor/libxl/reader.hpp"
#include "hypervisor/xenstore.hpp"

#include <cstdio>
#include <cstdlib>

using namespace qmgmt;

namespace {

constexpr int usage_code = 2;
constexpr int nothing_there = 4;

void print(const std::vector<libxl::PciAddress>& devices)
{
    for (const auto& device : devices)
        std::printf("%04x:%02x:%02x.%x\n", static_cast<unsigned>(device.domain), device.bus,
                    device.device, device.function);
}

std::chrono::milliseconds milliseconds(const std::string& word)
{
    return std::chrono::milliseconds{std::atoi(word.c_str())};
}

int ask_libxl(const std::string& question, const std::vector<std::string>& words)
{
    libxl::Reader reader{libxl::loaded()};
    if (question == "assignable") {
        print(reader.assignable_pci());
    } else if (question == "assigned" && words.size() == 1) {
        print(reader.assigned_pci(std::atoi(words[0].c_str())));
    } else if (question == "disks" && words.size() == 1) {
        for (const auto& disk : reader.disks(std::atoi(words[0].c_str())))
            std::printf("%s %s %s %c\n", disk.target.c_str(), disk.backend_name.c_str(),
                        disk.path.c_str(), disk.writable ? 'w' : 'r');
    } else if (question == "attach" && words.size() == 6) {
        reader.attach_disk(std::atoi(words[0].c_str()),
                           {.backend_name = words[1],
                            .path = words[2],
                            .target = words[3],
                            .writable = words[4] == "w"},
                           milliseconds(words[5]));
    } else if (question == "detach" && words.size() == 3) {
        reader.detach_disk(std::atoi(words[0].c_str()), words[1], milliseconds(words[2]));
    } else if (question == "host") {
        const libxl::HostFacts host = reader.host();
        std::printf("%llu %llu %u\n", static_cast<unsigned long long>(host.memory_kib),
                    static_cast<unsigned long long>(host.free_kib), host.processors);
    } else {
        return usage_code;
    }
    return 0;
}

int ask_xenstore(const std::string& question, const std::vector<std::string>& words)
{
    const auto store = open_xenstore();
    if (question == "read" && words.size() == 1) {
        const auto value = store->read(words[0]);
        if (!value)
            return nothing_there;
        std::fwrite(value->data(), 1, value->size(), stdout);
    } else if (question == "list" && words.size() == 1) {
        for (const std::string& name : store->list(words[0]))
            std::puts(name.c_str());
    } else if (question == "write" && words.size() == 2) {
        store->write(words[0], words[1]);
    } else if (question == "remove" && words.size() == 1) {
        store->remove(words[0]);
    } else if (question == "permit" && words.size() == 3) {
        store->permit(words[0], std::atoi(words[1].c_str()),
                      words[2] == "rw" ? Xenstore::Access::read_and_write : Xenstore::Access::read);
    } else {
        return usage_code;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
        return usage_code;
    const std::string question = argv[1];
    const std::vector<std::string> words{argv + 2, argv + argc};
    const bool of_libxl = question == "assignable" || question == "assigned" ||
                          question == "host" || question == "disks" || question == "attach" ||
                          question == "detach";
    try {
        return of_libxl ? ask_libxl(question, words) : ask_xenstore(question, words);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s (%s)\n", error.text().c_str(), error.detail().c_str());
        return 1;
    }
}
