// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <tl/expected.hpp>

namespace ravel {

enum class ErrorCode {
    Io,          // the operating system refused: the sentence holds its reason
    Format,      // the file is broken, or is not what it claims to be
    Unsupported, // sound, but nothing that Ravel can work with
    Limit,       // larger than a limit that the sentence names
    Usage,       // the caller's name, range or parameter makes no sense here
    Refused,     // possible, but it would lose something that the caller did not agree to lose
    Changed,     // the file on disk is no longer the one that was opened
    Cancelled,
};

// Failure as a value. `message` is one sentence for a user, without the trailing full stop: it names the
// file, the record or tensor, the byte, what was found and what was expected; 300 characters at most,
// bytes from files escaped (see text.h).
struct Error {
    ErrorCode code = ErrorCode::Format;
    std::string message;
};

template <class T = void> using Result = tl::expected<T, Error>;

[[nodiscard]] tl::unexpected<Error> fail(ErrorCode code, std::string message);

} // namespace ravel

// Returns the error of a Result<> expression to the caller.
#define RAVEL_TRY(expression)                                                                      \
    do {                                                                                           \
        if (auto ravelTried = (expression); !ravelTried)                                           \
            return tl::unexpected(std::move(ravelTried.error()));                                  \
    } while (false)

#define RAVEL_CONCAT_(a, b) a##b
#define RAVEL_CONCAT(a, b) RAVEL_CONCAT_(a, b)
// RAVEL_ASSIGN(auto x, f()): x is f()'s value, or f()'s error goes to the caller.
#define RAVEL_ASSIGN(declaration, expression)                                                      \
    auto RAVEL_CONCAT(ravelResult, __LINE__) = (expression);                                       \
    if (!RAVEL_CONCAT(ravelResult, __LINE__))                                                      \
        return tl::unexpected(std::move(RAVEL_CONCAT(ravelResult, __LINE__).error()));             \
    declaration = std::move(*RAVEL_CONCAT(ravelResult, __LINE__))
