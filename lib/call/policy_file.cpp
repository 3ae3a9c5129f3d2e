// SPDX-License-Identifier: GPL-2.0-or-later

#include "call/policy_file.hpp"

#include "base/error.hpp"
#include "call/difference.hpp"
#include "call/permission.hpp"
#include "policy/admin/content_token.hpp"
#include "policy/admin/directory.hpp"
#include "policy/admin/validation.hpp"

namespace qmgmt {
namespace {

[[noreturn]] void fail_not_there()
{
    throw Error{failure::policy_not_found, "there is no such policy file"};
}

// Runs what reads the policy. What it says of a line has words of that line: the payload's, or
// names of qubes, which are for dom0 and the log alone.
template<typename Body>
auto understanding(const Call& call, const Body& body)
{
    try {
        return body();
    } catch (const Error& error) {
        if (call.from_dom0() || error.type() != failure::policy_syntax)
            throw;
        throw Error{failure::policy_syntax, "this is not a policy that can be understood",
                    error.detail()};
    }
}

} // namespace

unsigned needs_to_change_policy(const Request&)
{
    return policy_is_roots() ? ~0U : ~unsigned{needs_root};
}

Reply list_policy_files(const Call& call, PolicyPlace place)
{
    const PolicyDirectory directory{call.lock_deadline()};
    std::string rows;
    for (const std::string& name : directory.list(place))
        rows += name + "\n";
    return Reply{std::move(rows)};
}

Reply get_policy_file(const Call& call, PolicyPlace place)
{
    const auto name = PolicyFileName::parse(call.argument(), place);
    const PolicyDirectory directory{call.lock_deadline()};
    const auto content = directory.read(name);
    if (!content)
        fail_not_there();
    return Reply{ContentToken::of(*content) + "\n" + *content};
}

Reply replace_policy_file(Call& call, PolicyPlace place)
{
    const auto name = PolicyFileName::parse(call.argument(), place);
    const std::string_view untrusted = call.payload();
    const auto end = untrusted.find('\n');
    if (end == std::string_view::npos)
        throw Error{failure::policy_protocol, "the first line of the payload must be a token"};
    const auto token = ContentToken::parse(untrusted.substr(0, end));
    const std::string content{untrusted.substr(end + 1)};
    check_policy_text(content);
    check_permission(call);

    const PolicyDirectory directory{call.lock_deadline()};
    const auto present = directory.read(name);
    token.check(present);
    understanding(call, [&] { check_policy_with(HostPolicyFiles{}, name, content); });
    if (call.request().dry_run)
        return Reply{line_difference(present.value_or(""), content)};
    if (present != content)
        directory.replace(name, content);
    return Reply{};
}

Reply remove_policy_file(Call& call, PolicyPlace place)
{
    const auto name = PolicyFileName::parse(call.argument(), place);
    const auto token = ContentToken::parse(call.payload());
    check_permission(call);

    const PolicyDirectory directory{call.lock_deadline()};
    const auto present = directory.read(name);
    token.check(present);
    if (!present)
        fail_not_there();
    understanding(call, [&] { check_policy_with(HostPolicyFiles{}, name, std::nullopt); });
    if (call.request().dry_run)
        return Reply{line_difference(*present, "")};
    directory.remove(name);
    return Reply{};
}

Reply get_files_for_service(Call& call)
{
    if (call.argument().find('+') != std::string::npos)
        throw Error{failure::policy_protocol, "the service is wanted without an argument"};
    const PolicyDirectory directory{call.lock_deadline()};
    const auto files =
        understanding(call, [&] { return files_for_service(HostPolicyFiles{}, call.argument()); });
    std::string rows;
    for (const std::string& file : files)
        rows += file + "\n";
    return Reply{std::move(rows)};
}

} // namespace qmgmt
