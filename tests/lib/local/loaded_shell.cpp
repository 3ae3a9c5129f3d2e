// SPDX-License-Identifier: GPL-2.0-or-later

#include "loaded_shell.hpp"

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdexcept>
#include <unistd.h>

namespace qmgmt::test {

const qmgmt_shell& loaded_shell()
{
    static const qmgmt_shell* shell = [] {
        const char* path = std::getenv("QUBES_MGMT_SHELL");
        void* object = path == nullptr ? nullptr : ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
        void* entry = object == nullptr ? nullptr : ::dlsym(object, QMGMT_SHELL_ENTRY);
        if (entry == nullptr)
            throw std::runtime_error{"QUBES_MGMT_SHELL does not name the shell"};
        return reinterpret_cast<qmgmt_shell_entry>(entry)();
    }();
    return *shell;
}

qmgmt_shell_spec plain_spec()
{
    return {.program = "mgmt.vm.tag.Set",
            .name = "mgmt.vm.tag.Set",
            .summary = "Put a tag on a qube",
            .destination = "qube",
            .argument = "required",
            .argument_is = "tag",
            .input = "none",
            .input_is = "",
            .returns = "",
            .effect = "write",
            .scope = "local",
            .needs = "store hypervisor",
            .variants = "",
            .variant = "",
            .variant_follows = "",
            .version = "1.2.3",
            .payload_limit = 65536,
            .admin = 1,
            .admin_argument = "required",
            .admin_returns = "",
            .dry_run = 1,
            .flag = "",
            .flag_is = "",
            .progress = 0,
            .words = "",
            .alias = ""};
}

Parsed parse(const qmgmt_shell_spec& spec, const std::vector<std::string>& words)
{
    std::vector<std::string> owned{spec.program};
    owned.insert(owned.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : owned)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    qmgmt_shell_request request{};
    const char* message = nullptr;
    Parsed parsed{};
    parsed.outcome = loaded_shell().parse(&spec, static_cast<int>(owned.size()), argv.data(),
                                          &request, &message);
    if (parsed.outcome == QMGMT_SHELL_USAGE)
        parsed.message = message;
    if (parsed.outcome != QMGMT_SHELL_RUN)
        return parsed;
    parsed.dest = request.dest;
    parsed.source = request.source;
    parsed.argument = request.argument;
    parsed.form = request.form;
    parsed.dry_run = request.dry_run != 0;
    parsed.flag = request.flag != 0;
    parsed.progress = request.progress != 0;
    parsed.timeout = request.timeout;
    parsed.words.assign(request.words, request.words + request.word_count);
    return parsed;
}

std::string printed(const qmgmt_shell_spec& spec, const std::string& word)
{
    std::array<int, 2> ends{};
    const int output = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    // What is printed is far smaller than what a pipe holds.
    if (output < 0 || ::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error{"no pipe"};
    ::dup2(ends[1], STDOUT_FILENO); // NOLINT: standard output is inherited on purpose
    ::close(ends[1]);
    const Parsed parsed = parse(spec, {word});
    ::dup2(output, STDOUT_FILENO); // NOLINT: as above; closes the last writing end
    ::close(output);
    std::string text(65536, '\0');
    std::size_t filled = 0;
    for (ssize_t got = 1; got > 0 && filled < text.size();) {
        got = ::read(ends[0], text.data() + filled, text.size() - filled);
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    ::close(ends[0]);
    text.resize(filled);
    if (parsed.outcome != QMGMT_SHELL_DONE)
        throw std::runtime_error{"nothing was printed: " + parsed.message};
    return text;
}

std::optional<std::string> render(const qmgmt_shell_spec& spec, qmgmt_shell_form form,
                                  std::string_view reply)
{
    std::size_t length = 0;
    const char* bytes = loaded_shell().render(&spec, form, reply.data(), reply.size(), 80, &length);
    return bytes == nullptr ? std::nullopt : std::optional<std::string>{{bytes, length}};
}

} // namespace qmgmt::test
