// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/libcrypto.hpp"

#include "backup/fault.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <sys/mman.h>

namespace qmgmt {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t large = 2 * huge_page;

// Enough for a key at our own cost; more would be missed elsewhere.
constexpr std::size_t most_kept = std::size_t{256} << 20;

// The last large memory that was released, for whoever asks next: scrypt wipes what it used.
std::atomic<void*> kept = nullptr;
std::atomic<std::size_t> kept_size = 0;

void* exchange_kept(void* memory)
{
    kept_size = memory == nullptr ? 0 : ::malloc_usable_size(memory);
    return kept.exchange(memory);
}

// scrypt goes through 128 MiB in no order: with pages of 4 KiB a quarter of its time is spent on
// finding them, and some on getting them anew for each key. What libcrypto cannot get it says.
void* allocate(std::size_t size, const char* /*file*/, int /*line*/)
{
    if (size < large)
        return std::malloc(size);
    void* memory = exchange_kept(nullptr);
    if (memory != nullptr && ::malloc_usable_size(memory) >= size)
        return memory;
    std::free(memory);
    if (::posix_memalign(&memory, huge_page, size) != 0)
        return nullptr;
    ::madvise(memory, size, MADV_HUGEPAGE); // where the kernel has none, it goes without
    return memory;
}

void* reallocate(void* memory, std::size_t size, const char* /*file*/, int /*line*/)
{
    return std::realloc(memory, size);
}

void release(void* memory, const char* /*file*/, int /*line*/)
{
    const std::size_t size = memory == nullptr ? 0 : ::malloc_usable_size(memory);
    std::free(size >= large && size <= most_kept ? exchange_kept(memory) : memory);
}

} // namespace

void use_libcrypto()
{
    // Refused once libcrypto has allocated anything, which is as good: only speed is lost.
    static const int set [[maybe_unused]] = CRYPTO_set_mem_functions(allocate, reallocate, release);
    // libcrypto keeps its own "once", across threads.
    if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr) != 1)
        throw BackupError{BackupFault::internal, "the cipher library does not start",
                          libcrypto_error("OPENSSL_init_crypto")};
}

std::size_t memory_kept_for_keys() noexcept
{
    return kept_size;
}

std::string libcrypto_error(const std::string& what)
{
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
    ERR_clear_error();
    return what + ": " + reason.data();
}

void fail_libcrypto(const char* what)
{
    throw BackupError{BackupFault::internal, "the cipher library fails", libcrypto_error(what)};
}

} // namespace qmgmt
