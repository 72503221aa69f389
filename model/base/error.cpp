// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/error.h"

namespace ravel {

tl::unexpected<Error> fail(ErrorCode code, std::string message)
{
    return tl::unexpected(Error { code, std::move(message) });
}

} // namespace ravel
