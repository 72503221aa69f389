// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "base/text.h"
#include "checkpoint/checkpoint.h"

#include <CLI/CLI.hpp>

namespace ravel {

namespace {

struct CheckedTensor {
    std::string name;
    bool editable = true;
    std::string reason;
};

struct Check {
    std::string result = "ok"; // "ok", "warning", "error"
    std::vector<std::string> messages;
    bool writable = false;
    std::vector<CheckedTensor> tensors;
};

CheckedTensor checkTensor(const Checkpoint& checkpoint, const Tensor& tensor)
{
    CheckedTensor checked { escapedWhole(tensor.name), false, tensor.reason };
    if (!tensor.readable || !tensor.editable)
        return checked;
    if (tensor.storage == noOrdinal) {
        checked.reason = "it has no storage";
    } else if (const Storage& storage = checkpoint.storages[tensor.storage]; !storage.editable) {
        checked.reason = storage.reason;
    } else if (!isEditable(tensor.dtype)) {
        checked.reason = std::string(dtypeName(tensor.dtype)) + " elements are shown, not edited";
    } else {
        checked.editable = true;
        checked.reason.clear();
    }
    return checked;
}

Result<Check> checkFile(const std::string& path, const Job& job)
{
    RAVEL_ASSIGN(const auto checkpoint, openCheckpoint(path, systemIo(), {}, job));
    Check check;
    for (const std::string& message : checkpoint->messages)
        check.messages.push_back(escaped(message));
    check.writable = checkpoint->writable;
    if (!checkpoint->writable && !checkpoint->readOnlyReason.empty())
        check.messages.push_back("opens read-only: " + escaped(checkpoint->readOnlyReason));
    for (const Tensor& tensor : checkpoint->tensors) {
        check.tensors.push_back(checkTensor(*checkpoint, tensor));
        if (!tensor.readable)
            check.messages.push_back("tensor '" + escaped(tensor.name, 100) + "' can't be read: " + escaped(tensor.reason, 180));
    }
    RAVEL_ASSIGN(const std::vector<std::string> damaged, damagedRecords(*checkpoint, job));
    for (const std::string& message : damaged) // opening a small file has found them already
        if (std::find(check.messages.begin(), check.messages.end(), message) == check.messages.end())
            check.messages.push_back(message);
    if (!check.messages.empty())
        check.result = "warning";
    return check;
}

Json checkJson(const Check& check)
{
    Json tensors = Json::array();
    for (const CheckedTensor& tensor : check.tensors)
        tensors.push_back({ { "name", tensor.name }, { "editable", tensor.editable }, { "reason", tensor.reason } });
    return { { "result", check.result }, { "messages", check.messages }, { "writable", check.writable }, { "tensors", tensors } };
}

std::string checkText(const std::string& path, const Check& check)
{
    std::int64_t editable = 0;
    for (const CheckedTensor& tensor : check.tensors)
        editable += tensor.editable ? 1 : 0;
    const auto n = static_cast<std::int64_t>(check.tensors.size());
    std::string text = factsText({
        { "file", escaped(path) },
        { "result", check.result },
        { "writable", check.writable ? "yes" : "no" },
        { "tensors", grouped(n) + (editable == n ? "" : ", " + grouped(n - editable) + " of them not editable") },
    });
    for (const std::string& message : check.messages)
        text += "\nwarning: " + message;
    text += check.messages.empty() ? "" : "\n";
    Table table({ { "not editable", true }, { "reason", true } });
    for (const CheckedTensor& tensor : check.tensors)
        if (!tensor.editable)
            table.add({ escaped(tensor.name, 100), escaped(tensor.reason) });
    return table.empty() ? text : text + '\n' + table.text();
}

struct CheckOptions {
    std::string file;
    bool json = false;
};

Outcome runCheck(const CheckOptions& options)
{
    Outcome outcome;
    auto check = checkFile(options.file, commandJob("checking"));
    if (check) {
        outcome.text = options.json ? jsonText(checkJson(*check)) : checkText(options.file, *check);
        return outcome;
    }
    outcome.code = 1;
    outcome.complaint = check.error().message;
    if (options.json)
        outcome.text = jsonText(checkJson({ "error", { escaped(check.error().message) }, false, {} }));
    return outcome;
}

} // namespace

void addCheckCommand(CLI::App& app, Action& action)
{
    auto options = std::make_shared<CheckOptions>();
    CLI::App* command = app.add_subcommand("check", "Is a checkpoint sound? Reads all of it; checksums too");
    command->add_option("FILE", options->file, "A checkpoint")->required();
    command->add_flag("--json", options->json, "As JSON: result, messages, writable, tensors");
    command->footer("Exit code 1 only where the file can't be opened.\n\nExample:\n  ravel check net.pt --json");
    command->callback([options, &action] { action = [options]() -> Result<Outcome> { return runCheck(*options); }; });
}

} // namespace ravel
