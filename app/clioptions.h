// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "layout/selection.h"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}

namespace ravel {

// LAYOUT of architecture.md section 7, shared by every command that takes it. Lives until the command has run.
struct LayoutOptions {
    std::string scope, order = "checkpoint", aliases = "once";
    std::vector<std::string> only;
    CLI::Option* scopeOption = nullptr;
    std::vector<CLI::Option*> all;

    void addTo(CLI::App&);
    LayoutSpec spec() const;
    bool given() const; // any of them
};

// SELECT of the same section.
struct SelectOptions {
    std::string tensor, slice, range;
    CLI::Option* tensorOption = nullptr;
    CLI::Option* sliceOption = nullptr;
    CLI::Option* rangeOption = nullptr;

    void addTo(CLI::App&);
    // Everything in the layout where nothing was given. Usage where it makes no sense, with the place in the text.
    Result<Selection> resolve(const FlatLayout&) const;
    std::string text() const; // what was given, as the slice box takes it; empty where nothing was
};

// A checkpoint, opened, and laid out as asked.
struct Opened {
    std::shared_ptr<const Checkpoint> checkpoint;
    std::shared_ptr<const FlatLayout> layout;
};
Result<Opened> openLaidOut(const std::string& path, const LayoutOptions&, const Job&);

// A place or a selection that the call names and that the file does not have: the sentence names the file.
Error notIn(const FlatLayout&, const Error&);

// Refused where an output is there already and may not be overwritten, or where it is one of the inputs, under whatever name: that would be
// lost.
enum class OutputKind { File, FileOrFolder }; // a folder: of a set
Result<> checkOutput(OutputKind, const std::string& path, bool force, const std::vector<std::string>& inputs);

} // namespace ravel
