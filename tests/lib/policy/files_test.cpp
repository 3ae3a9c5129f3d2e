// SPDX-License-Identifier: GPL-2.0-or-later

#include "base/error.hpp"
#include "base/paths.hpp"
#include "policy/policy.hpp"
#include "support/catch.hpp"
#include "support/in_root.hpp"
#include "support/policy_world.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

namespace fs = std::filesystem;
const std::string directory{paths::policy};

} // namespace

TEST_CASE("policy files: of this machine, files and links to files, by name")
{
    const Root root;
    root.write(directory + "/20-b.policy", "b * @anyvm @adminvm allow\n");
    root.write(directory + "/10-a.policy", "a * @anyvm @adminvm allow\n");
    root.write(directory + "/include/x", "");
    const std::string below =
        root.make_way(directory + "/x").substr(0, root.make_way(directory + "/x").size() - 2);
    fs::create_symlink("20-b.policy", below + "/30-link.policy");
    CHECK(root.run([] {
        const HostPolicyFiles files;
        const Policy policy = Policy::load(files);
        return files.list(directory) ==
                   std::vector<std::string>{"10-a.policy", "20-b.policy", "30-link.policy"} &&
               !files.list("/etc/qubes/nothing") && !files.read("/etc/qubes/nothing") &&
               !policy.fault() && policy.rules().rules.size() == 3;
    }));
    // Neither a directory nor what is too large is a policy, and a link that leads nowhere is not
    // no policy.
    for (const auto& spoil : std::vector<std::function<void(const std::string&)>>{
             [](const std::string& path) { fs::create_directory(path); },
             [](const std::string& path) {
                 const std::ofstream made{path};
                 fs::resize_file(path, (1 << 20) + 1);
             },
             [](const std::string& path) { fs::create_symlink("gone", path); }}) {
        const std::string path = below + "/40-odd.policy";
        spoil(path);
        CHECK(root.run([&] {
            const Policy policy = Policy::load(HostPolicyFiles{});
            const bool is_directory = fs::is_directory(path);
            return is_directory ? !policy.fault() : policy.fault() && policy.rules().rules.empty();
        }));
        fs::remove(path);
    }
}

TEST_CASE("policy files: as they would be after a change")
{
    const PolicyTexts present{{directory + "/10-a.policy", "!include include/x\n"},
                              {directory + "/include/x", "a * b c allow\n"}};
    ChangedPolicyFiles changed{present};
    CHECK_FALSE(Policy::load(changed).fault());
    changed.change(directory + "/include/x", std::nullopt);
    CHECK(Policy::load(changed).fault());
    changed.change(directory + "/include/x", "nonsense");
    CHECK(Policy::load(changed).fault());
    changed.change(directory + "/10-a.policy", std::nullopt);
    changed.change(directory + "/20-b.policy", "a * b c deny\n");
    CHECK(changed.list(directory) == std::vector<std::string>{"20-b.policy"});
    CHECK_FALSE(Policy::load(changed).fault());
}
