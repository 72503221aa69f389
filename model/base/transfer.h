// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cerrno>
#include <cstddef>
#include <utility>

namespace ravel {

// What a run of system calls moved, and the errno that stopped it (0: none; short without an errno is an end of file).
struct Transferred {
    std::size_t bytes = 0;
    int error = 0;
};

// Calls step(done) -> ssize_t, which works as read(2) and write(2) do on [done, total), until all is moved: short
// counts go on where they stopped, EINTR is called again, 0 ends it.
template <class Step> Transferred transferAll(std::size_t total, Step&& step)
{
    Transferred moved;
    while (moved.bytes < total) {
        const auto n = step(moved.bytes);
        if (n > 0) {
            moved.bytes += static_cast<std::size_t>(n);
        } else if (n == 0) {
            break;
        } else if (errno != EINTR) {
            moved.error = errno;
            break;
        }
    }
    return moved;
}

// Calls a system call that answers 0 or -1 until it is not interrupted. Not for fsync and close.
template <class Call> int uninterrupted(Call&& call)
{
    int answer;
    do
        answer = call();
    while (answer < 0 && errno == EINTR);
    return answer;
}

} // namespace ravel
