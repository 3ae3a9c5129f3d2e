// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/import.hpp"

#include "base/error.hpp"
#include "life/volume/held_volume.hpp"
#include "names/number.hpp"
#include "rpc/progress.hpp"
#include "storage/stream/receive.hpp"

#include <functional>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t size_line_limit = 21;
constexpr std::size_t vid_line_limit = 256;
constexpr std::uint64_t sector = 512; // loop devices silently cut off what is less

using Content = std::function<std::unique_ptr<Import>(
    Pool& pool, const Volume& volume, std::uint64_t size, const StopSignals& signals)>;

// Holds the volume, and makes what `make` returns, complete, its committed state. A `size` of 0 is
// the present one.
void replace_content(Call& call, const VolumeOwner& owner, std::uint64_t size, const Content& make)
{
    HeldVolume held{call, owner};
    held.require_origin();
    held.require_halted();
    held.require_unattached();
    if (size == 0)
        size = held.pool().facts(held.volume()).size;
    held.let_go_of_qube();
    const StopSignals signals; // until the store knows: what is committed is told
    held.note("domain-volume-import-begin",
              {{"volume", owner.role}, {"size", std::to_string(size)}});
    try {
        const auto import = make(held.pool(), held.volume(), size, signals);
        held.confirm();
        import->commit();
    } catch (...) {
        held.note("domain-volume-import-end", {{"volume", owner.role}, {"success", "False"}});
        throw;
    }
    held.note("domain-volume-import-end", {{"volume", owner.role}, {"success", "True"}});
    held.log_warnings();
    held.save("size", std::to_string(size));
}

void import_stream(Call& call, const VolumeOwner& owner, StreamInput& input, std::uint64_t size)
{
    replace_content(
        call, owner, size,
        [&](Pool& pool, const Volume& volume, std::uint64_t expected, const StopSignals& signals) {
            input.heed(signals);
            rpc::ProgressLine line{call.request(), expected};
            return receive(pool, volume, expected, input,
                           [&](std::uint64_t done) { line.reached(done); });
        });
}

} // namespace

StreamInput standard_input(const Call& call)
{
    std::optional<Deadline> deadline;
    if (call.request().timeout)
        deadline = Deadline::in(*call.request().timeout);
    return StreamInput{Fd{STDIN_FILENO}, deadline};
}

void import_volume(Call& call, const VolumeOwner& owner, StreamInput& input)
{
    import_stream(call, owner, input, 0);
}

void import_volume(Call& call, const VolumeOwner& owner, StreamInput& input, std::uint64_t size)
{
    import_stream(call, owner, input, size);
}

void clear_volume(Call& call, const VolumeOwner& owner)
{
    replace_content(call, owner, 0,
                    [](Pool& pool, const Volume& volume, std::uint64_t size, const StopSignals&) {
                        pool.check_room();
                        return pool.begin_import(volume, size);
                    });
}

std::uint64_t read_size(StreamInput& input)
{
    const auto line = input.line(size_line_limit);
    const auto size = line ? parse_decimal(*line) : std::nullopt;
    if (!size)
        throw Error{failure::protocol, "malformed request: the data does not begin with its size"};
    if (*size == 0)
        throw Error{failure::protocol, "the size is 0: to empty a volume, clear it"};
    if (*size % sector != 0)
        throw Error{failure::protocol, "the size is no multiple of 512"};
    return *size;
}

VolumeRequest read_volume_request(const Call& call, StreamInput& input)
{
    if (VolumeRequest::named_by_argument(call.argument()))
        return VolumeRequest::parse(call.argument(), "");
    const auto line = input.line(vid_line_limit);
    if (!line || line->find(' ') != std::string::npos)
        throw Error{failure::protocol,
                    "malformed request: the data does not begin with the id of a volume"};
    return VolumeRequest::parse(call.argument(), *line);
}

} // namespace qmgmt
