// SPDX-License-Identifier: GPL-2.0-or-later

#include "policy/admin/content_token.hpp"

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace qmgmt {
namespace {

constexpr std::string_view of_sha256 = "sha256:";

// In a time that does not tell how much of it is right.
bool same(std::string_view one, std::string_view other) noexcept
{
    unsigned different = one.size() == other.size() ? 0 : 1;
    for (std::size_t at = 0; at < one.size() && at < other.size(); ++at)
        different |= static_cast<unsigned char>(one[at]) ^ static_cast<unsigned char>(other[at]);
    return different == 0;
}

} // namespace

ContentToken ContentToken::parse(std::string_view untrusted)
{
    if (untrusted == "any")
        return {Kind::any, untrusted};
    if (untrusted == "new")
        return {Kind::fresh, untrusted};
    if (untrusted.starts_with(of_sha256))
        return {Kind::of_content, untrusted};
    throw Error{failure::policy_protocol, "unrecognized token"};
}

std::string ContentToken::of(std::string_view content)
{
    return std::string{of_sha256} + sha256_hex(content);
}

void ContentToken::check(const std::optional<std::string>& present) const
{
    if (kind_ == Kind::any)
        return;
    if (kind_ == Kind::fresh) {
        if (present)
            throw Error{failure::policy_exists, "the file exists, but the token is 'new'"};
        return;
    }
    if (!present)
        throw Error{failure::policy_gone, "the file does not exist, but the token is not 'new'"};
    if (!same(text_, of(*present)))
        throw Error{failure::policy_changed, "the token is not that of the present content"};
}

} // namespace qmgmt
