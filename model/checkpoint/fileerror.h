// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace ravel {

// What reading a file came to: an error says of which file, and with `what` ("GGUF header: ") of which part. One that was cancelled stays as it is.
Result<> withFileName(Result<> done, const std::string& path, std::string_view what = {});

} // namespace ravel
