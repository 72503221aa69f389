// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "app/clioptions.h"
#include "base/text.h"
#include "checkpoint/bytes.h"
#include "document/document.h"
#include "save/atomicfile.h"

#include <CLI/CLI.hpp>

namespace ravel {

namespace {

constexpr ByteCount jsonLimit(std::int64_t(1) << 30);

struct Options {
    std::string recipe, file, after, output, receipt;
    CLI::Option* outputOption = nullptr;
    CLI::Option* receiptOption = nullptr;
    bool inPlace = false, hash = false, force = false;
};

Result<std::string> readText(const std::string& path)
{
    RAVEL_ASSIGN(const std::vector<std::byte> bytes, readWhole(systemIo(), path, jsonLimit));
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::string changesText(const std::string& output, const Receipt& receipt)
{
    Table table({ { "tensor", true }, { "elements" }, { "bytes" }, { "largest change" }, { "saturated" } });
    for (const TensorChange& change : receipt.tensors) {
        table.add({ escaped(change.name), grouped(change.elementsChanged), grouped(change.bytesChanged),
            numberText(change.maxAbsChange), grouped(change.saturated) });
    }
    const std::string total = receipt.tensors.empty()
        ? "nothing changed"
        : counted(static_cast<std::int64_t>(receipt.tensors.size()), "tensor") + " changed"; // linked elements stand in several
    std::string text = (table.empty() ? "" : table.text() + '\n') + "wrote " + escaped(output) + ": " + total + '\n';
    for (const std::string& warning : receipt.warnings)
        text += "warning: " + escaped(warning) + '\n';
    return text;
}

// The recipe applied and saved; every failure but that of the call itself is one of a file.
Result<Receipt> applyAndSave(const Options& options, const Job& job)
{
    RAVEL_ASSIGN(const std::string text, readText(options.recipe));
    RAVEL_ASSIGN(const Recipe recipe, parseRecipe(text, options.recipe));
    RAVEL_ASSIGN(const auto document, Document::open(options.file, recipe.layout, {}, job));
    if (const auto applied = document->apply(recipe, directoryOf(options.recipe), job); !applied)
        return fail(applied.error().code, bounded(sentence(options.file, escaped(fileNameOf(options.recipe), 80) + ", " + applied.error().message)));
    SaveOptions save;
    save.overwrite = options.force;
    save.hash = options.hash;
    return document->saveAs(options.output, save, job);
}

Result<Outcome> runApply(const Options& options)
{
    const bool hasOutput = options.outputOption->count() > 0, hasReceipt = options.receiptOption->count() > 0;
    if (options.inPlace)
        return fail(ErrorCode::Usage, "--in-place comes in a later version; -o OUT writes a changed copy");
    if (!hasOutput)
        return fail(ErrorCode::Usage, "apply needs -o OUT");
    RAVEL_TRY(checkOutput(OutputKind::FileOrFolder, options.output, options.force, { options.recipe }));
    if (hasReceipt) {
        if (options.receipt == options.output)
            return fail(ErrorCode::Usage, "-o and --receipt name the same file");
        RAVEL_TRY(checkOutput(OutputKind::File, options.receipt, options.force, { options.recipe, options.file, options.output }));
    }
    std::optional<AtomicFile> receiptFile; // begun first: where it can't be written, nothing is
    if (hasReceipt) {
        RAVEL_ASSIGN(receiptFile, AtomicFile::create(systemIo(), options.receipt, options.force));
    }
    auto receipt = applyAndSave(options, commandJob("saving"));
    if (!receipt)
        return failureOf(receipt.error());
    if (receiptFile) {
        const std::string text = jsonText(toJson(*receipt));
        auto written = receiptFile->file().writeAt(ByteOffset(0), std::as_bytes(std::span(text)));
        if (written)
            written = receiptFile->commit();
        if (!written)
            return fail(ErrorCode::Io, escaped(options.output, 100) + " was written, its receipt was not: " + written.error().message);
    }
    return Outcome { changesText(options.output, *receipt) };
}

Result<Outcome> runVerify(const Options& options)
{
    const Job job = commandJob("verifying");
    RAVEL_ASSIGN(const std::string text, readText(options.receipt));
    RAVEL_ASSIGN(const Receipt receipt, parseReceipt(text, options.receipt));
    auto verdict = verify(systemIo(), options.file, options.after, receipt, job);
    if (!verdict)
        return failureOf(verdict.error());
    Outcome outcome;
    for (const std::string& line : verdict->lines)
        outcome.text += line + '\n';
    if (!verdict->ok) {
        outcome.code = 1;
        outcome.complaint = escaped(options.after, 100) + " is not " + escaped(options.file, 100) + " with the changes of "
            + escaped(options.receipt, 80);
    }
    return outcome;
}

} // namespace

void addApplyCommands(CLI::App& app, Action& action)
{
    auto options = std::make_shared<Options>();
    CLI::App* apply = app.add_subcommand("apply", "Apply a recipe (ravel.recipe/1) and save: only what it edits changes");
    apply->add_option("RECIPE.json", options->recipe, "The recipe")->required();
    apply->add_option("FILE", options->file, "A checkpoint; it stays as it is")->required();
    options->outputOption = apply->add_option("-o,--output", options->output, "The changed copy; of a sharded set its folder")->type_name("OUT");
    options->outputOption->excludes(apply->add_flag("--in-place", options->inPlace, "Comes in a later version"));
    options->receiptOption = apply->add_option("--receipt", options->receipt, "Also write what was changed (ravel.receipt/1)")->type_name("R.json");
    apply->add_flag("--hash", options->hash, "SHA-256 of both files in the receipt");
    apply->add_flag("--force", options->force, "Replace existing outputs");
    apply->footer("Example:\n  ravel apply halve.json net.pt -o halved.pt --receipt halved.receipt.json");
    apply->callback([options, &action] { action = [options] { return runApply(*options); }; });

    options = std::make_shared<Options>();
    CLI::App* verifyCommand = app.add_subcommand("verify", "Prove that two files, or two folders of a set, differ only as a receipt says");
    verifyCommand->add_option("BEFORE", options->file, "The file before the change")->required();
    verifyCommand->add_option("AFTER", options->after, "The file after it")->required();
    verifyCommand->add_option("--receipt", options->receipt, "The receipt of the change")->type_name("R.json")->required();
    verifyCommand->footer("Exit code 1 where they differ in anything else.\n\n"
                          "Example:\n  ravel verify net.pt halved.pt --receipt halved.receipt.json");
    verifyCommand->callback([options, &action] { action = [options] { return runVerify(*options); }; });
}

} // namespace ravel
