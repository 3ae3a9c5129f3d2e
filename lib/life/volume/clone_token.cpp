// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/clone_token.hpp"

#include "base/error.hpp"
#include "base/random.hpp"
#include "names/number.hpp"
#include "names/volume_name.hpp"
#include "state/record.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <dirent.h>
#include <memory>
#include <time.h>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t token_length = 32;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// A clock that nobody sets; /run is as old as this boot.
std::uint64_t seconds_since_boot()
{
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec);
}

bool is_token(std::string_view text)
{
    return text.size() == token_length &&
           text.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string random_token()
{
    std::string token;
    while (token.size() < token_length) {
        std::array<std::byte, 2 * token_length> bytes{};
        fill_random(bytes);
        for (const std::byte byte : bytes) {
            const auto value = std::to_integer<std::size_t>(byte) & 63U;
            if (value < alphabet.size() && token.size() < token_length)
                token += alphabet[value]; // each as likely as the others
        }
    }
    return token;
}

std::string path_of(const std::string& token)
{
    return runtime_file("clone/" + token);
}

bool is_over(const Record& record)
{
    const auto until = parse_decimal(record.get("until"));
    return !until || *until < seconds_since_boot();
}

} // namespace

std::string CloneToken::issue() const
{
    forget_old_tokens();
    Record record;
    record.add("pool", pool);
    record.add("vid", vid);
    record.add("qube", qube);
    record.add("uuid", uuid);
    record.add("caller", caller);
    record.add("until",
               std::to_string(seconds_since_boot() + std::chrono::seconds{lifetime}.count()));
    std::string token = random_token();
    record.save(path_of(token), false);
    return token;
}

std::optional<CloneToken> CloneToken::redeem(const std::string& token, std::string_view caller)
{
    const std::string path = path_of(token);
    const std::string mine = path + ".used";
    if (::rename(path.c_str(), mine.c_str()) != 0) {
        if (errno == ENOENT)
            return std::nullopt;
        throw_errno(failure::failed, "cannot use the token", path);
    }
    const auto record = Record::load(mine);
    ::unlink(mine.c_str()); // used up either way; what stays is forgotten with the old ones
    if (!record || is_over(*record) || record->get("caller") != caller)
        return std::nullopt;
    return CloneToken{record->get("pool"), record->get("vid"), record->get("qube"),
                      record->get("uuid"), record->get("caller")};
}

std::string CloneToken::parse(std::string_view untrusted_text)
{
    const std::string_view text = without_line_end(untrusted_text);
    if (!is_token(text))
        throw Error{failure::protocol, "malformed request: this is not a token"};
    return std::string{text};
}

void forget_old_tokens()
{
    const std::string directory = runtime_file("clone/");
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir(directory.c_str()), ::closedir};
    if (!listing)
        return;
    while (const dirent* entry = ::readdir(listing.get())) {
        const std::string name = entry->d_name;
        const std::string path = directory + name;
        if (!is_token(std::string_view{name}.substr(0, name.find('.'))))
            continue;
        const auto record = Record::load(path);
        if (record && is_over(*record))
            ::unlink(path.c_str());
    }
}

} // namespace qmgmt
