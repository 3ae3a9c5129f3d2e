// SPDX-License-Identifier: GPL-2.0-or-later
//
// How long the storage of an AppVM takes to start and stop, and a snapshot, in a file-reflink pool:
// a template with 10 GiB in one piece, a private volume of 2 GiB, a volatile one. Prints the least
// and the median in milliseconds.   usage: volume-start DIRECTORY ROUNDS

#include "base/error.hpp"
#include "storage/pool.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <unistd.h>

using namespace qmgmt;

namespace {

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

class Times {
public:
    void measure(const std::function<void()>& work)
    {
        const auto begin = std::chrono::steady_clock::now();
        work();
        times_.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin)
                .count());
    }
    void print(const char* what)
    {
        std::ranges::sort(times_);
        std::printf("%-46s     %8.2f %8.2f\n", what, times_.front(), times_[times_.size() / 2]);
    }

private:
    std::vector<double> times_;
};

Volume volume(const char* role, const char* vid, std::uint64_t size)
{
    return {.role = role,
            .pool = "bench",
            .vid = vid,
            .size = size,
            .revisions_to_keep = 1,
            .rw = true};
}

// All its blocks, as an image that was imported has them.
void fill(const std::string& path, std::uint64_t size)
{
    const Fd file{::open(path.c_str(), O_RDWR | O_CLOEXEC)};
    if (!file || ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)) != 0)
        throw_errno(failure::failed, "cannot fill the template", path);
}

void run(const std::string& directory, int rounds)
{
    const auto pool = open_pool({"bench", "file-reflink", {{"dir_path", directory}}});
    Volume root = volume("root", "vm-templates/t1/root", 10 * gib);
    root.save_on_stop = true;
    Volume own_root = volume("root", "appvms/app1/root", 10 * gib);
    own_root.source = root.vid;
    own_root.snap_on_start = true;
    Volume own = volume("private", "appvms/app1/private", 2 * gib);
    own.save_on_stop = true;
    const Volume scratch = volume("volatile", "appvms/app1/volatile", 10 * gib);
    pool->create(root);
    fill(directory + "/vm-templates/t1/root.img", root.size);
    pool->create(own);
    Times start;
    Times stop;
    Times snapshot;
    for (int round = 0; round < rounds; ++round) {
        start.measure([&] {
            for (const Volume& each : {own_root, own, scratch})
                pool->start(each);
        });
        stop.measure([&] {
            for (const Volume& each : {own_root, own, scratch})
                pool->stop(each);
        });
        snapshot.measure([&] { static_cast<void>(pool->snapshot(root)); });
    }
    start.print("start of an AppVM's volumes, template of 10 GiB");
    stop.print("their stop");
    snapshot.print("snapshot of a volume of 10 GiB");
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc != 3)
        return 2;
    run(argv[1], std::max(1, std::atoi(argv[2])));
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "volume-start: %s\n", error.what());
    return 1;
}
