// SPDX-License-Identifier: GPL-2.0-or-later
//
// Headers of requests on qubesd's socket: what is taken is what was sent, word for word, and holds
// nothing that could break out of a path or a variable of the environment.

#include "fuzz/target.hpp"
#include "names/names.hpp"
#include "rpc/dispatch/header.hpp"
#include "rpc/request.hpp"

#include <string>
#include <string_view>

using namespace qmgmt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto header = rpc::DispatchHeader::parse(text);
    if (!header)
        return 0;
    fuzz::require(size < rpc::header_limit);
    const std::string rest =
        " " + header->source + (header->by_keyword ? " keyword " : " name ") + header->destination;
    fuzz::require(text == header->method + "+" + header->argument + rest ||
                  (header->argument.empty() && text == header->method + rest));
    fuzz::require(!header->method.empty() &&
                  header->method.find_first_of("/+ ") == std::string::npos);
    fuzz::require(QubeName::fault(header->source).empty());
    fuzz::require(!header->destination.empty() && header->argument.size() <= argument_limit);
    for (const char c : text)
        fuzz::require(c >= 0x20 && c < 0x7f);
    return 0;
}
