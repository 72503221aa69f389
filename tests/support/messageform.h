// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace ravel {

// What is wrong with the form of a sentence that Ravel says about a file (trust.md, promise 2), in words; empty where nothing is:
// one sentence of 300 characters at most, valid UTF-8, nothing invisible in it, no text of a C++ exception, more than the word "error".
// `file`, where given, is the name that it has to begin with, as in "net.pt: ". An exception's word that stands in `input` too, the bytes that
// the sentence is about, may have been repeated from there.
std::string messageFlaw(std::string_view message, std::string_view file = {}, std::string_view input = {});

// Valid UTF-8 without control characters, bidirectional overrides or surrogates.
bool isPrintable(std::string_view text);

} // namespace ravel
