// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "app/clioptions.h"
#include "base/text.h"
#include "document/document.h"
#include "save/atomicfile.h"
#include "save/flatten.h"
#include "save/torchplugin.h"

#include <CLI/CLI.hpp>

namespace ravel {

namespace {

struct Options {
    std::string file, vector, output, dtype, templateFile;
    LayoutOptions layout;
    CLI::Option* dtypeOption = nullptr;
    CLI::Option* templateOption = nullptr;
    CLI::Option* intoOption = nullptr;
    bool force = false;
};

constexpr ByteCount templateLimit(std::int64_t(1) << 30);

Result<Template> readTemplate(const std::string& path)
{
    RAVEL_ASSIGN(const std::vector<std::byte> bytes, readWhole(systemIo(), path, templateLimit));
    return parseTemplate({ reinterpret_cast<const char*>(bytes.data()), bytes.size() }, path);
}

std::string lossesText(const std::vector<Loss>& losses)
{
    std::string text;
    for (const Loss& loss : losses)
        text += "not exact: " + escaped(loss.name) + ", " + counted(loss.numbers, "number") + ": " + escaped(loss.example) + '\n';
    return text;
}

std::string wroteText(const std::string& path, const std::string& what, const std::vector<Loss>& losses)
{
    return "wrote " + escaped(path) + ": " + what + '\n' + lossesText(losses);
}

Result<Outcome> runFlatten(const Options& options)
{
    std::optional<Dtype> dtype;
    if (options.dtypeOption->count() > 0 && !(dtype = dtypeFromName(options.dtype)))
        return fail(ErrorCode::Usage, "--dtype '" + escaped(options.dtype, 60) + "' is no dtype; they are float32, float64, bfloat16, ...");
    if (options.templateOption->count() > 0 && options.layout.given())
        return fail(ErrorCode::Usage, "--template says how the vector is laid out; it can't be given with --scope, --order, --aliases or --only");
    RAVEL_TRY(checkOutput(OutputKind::File, options.output, options.force, { options.file, options.templateFile }));
    const Job job = commandJob("flattening");
    Opened opened;
    if (options.templateOption->count() > 0) {
        RAVEL_ASSIGN(const Template like, readTemplate(options.templateFile));
        RAVEL_ASSIGN(opened.checkpoint, openCheckpoint(options.file, systemIo(), {}, job));
        auto layout = layoutLike(opened.checkpoint, like);
        if (!layout)
            return failureOf(layout.error());
        opened.layout = *layout;
    } else {
        RAVEL_ASSIGN(opened, openLaidOut(options.file, options.layout, job));
    }
    const auto losses = flatten(systemIo(), *opened.layout, EditedVector(opened.checkpoint), dtype, options.output, options.force, job);
    if (!losses)
        return failureOf(losses.error());
    const std::string what = counted(opened.layout->numel().value, "element") + ", "
        + std::string(dtypeName(dtype.value_or(promotedDtype(*opened.layout))));
    return Outcome { wroteText(options.output, what, *losses) };
}

Result<Outcome> unflattenInto(const Options& options, const std::shared_ptr<const ElementSource>& vector, const Job& job)
{
    RAVEL_ASSIGN(const auto document, Document::open(options.file, options.layout.spec(), {}, job));
    auto unflattened = unflatten(*document->layout(), document->edited(), vector, job);
    if (!unflattened)
        return failureOf(unflattened.error());
    document->append(unflattened->step);
    SaveOptions save;
    save.overwrite = options.force;
    const auto receipt = document->saveAs(options.output, save, job);
    if (!receipt)
        return failureOf(receipt.error());
    const auto changed = static_cast<std::int64_t>(receipt->tensors.size());
    std::string text = wroteText(options.output, changed == 0 ? "nothing changed" : counted(changed, "tensor") + " changed", unflattened->losses);
    for (const std::string& warning : receipt->warnings)
        text += "warning: " + escaped(warning) + '\n';
    return Outcome { text };
}

Result<std::vector<Loss>> writeTorch(const Options& options, const Template& like, const ElementSource& vector, const Job& job)
{
    RAVEL_ASSIGN(const TorchPlugin* plugin, loadTorchPlugin());
    RAVEL_ASSIGN(AtomicFile file, AtomicFile::create(systemIo(), options.output, options.force));
    RAVEL_ASSIGN(std::vector<Loss> losses, plugin->writePt(like, vector, file.temporaryPath(), job));
    RAVEL_TRY(file.commit());
    return losses;
}

Result<Outcome> unflattenFresh(const Options& options, const std::shared_ptr<const ElementSource>& vector, const Job& job)
{
    const bool isTorch = options.output.ends_with(".pt");
    if (!isTorch && !options.output.ends_with(".safetensors"))
        return fail(ErrorCode::Usage, "-o '" + escaped(options.output, 120) + "' must end in .pt or .safetensors with --template");
    RAVEL_ASSIGN(const Template like, readTemplate(options.templateFile));
    if (vector->count() != like.numel.value)
        return fail(ErrorCode::Format, escaped(options.vector, 100) + " has " + counted(vector->count(), "number") + ", the template "
                + escaped(options.templateFile, 100) + " takes " + grouped(like.numel.value));
    auto losses = isTorch ? writeTorch(options, like, *vector, job)
                          : writeSafetensors(systemIo(), like, *vector, options.output, options.force, job);
    if (!losses)
        return failureOf(losses.error());
    return Outcome { wroteText(options.output, counted(vector->count(), "element") + " in "
            + counted(static_cast<std::int64_t>(like.segments.size()), "tensor"), *losses) };
}

Result<Outcome> runUnflatten(const Options& options)
{
    const bool into = options.intoOption->count() > 0, fresh = options.templateOption->count() > 0;
    if (into == fresh)
        return fail(ErrorCode::Usage, "unflatten takes either --into FILE or --template T.json");
    if (fresh && options.layout.given())
        return fail(ErrorCode::Usage, "--template says how the vector is laid out; it can't be given with --scope, --order, --aliases or --only");
    RAVEL_TRY(checkOutput(into ? OutputKind::FileOrFolder : OutputKind::File, options.output, options.force, { options.vector, options.templateFile }));
    const Job job = commandJob("unflattening");
    const auto vector = openVector(systemIo(), options.vector);
    if (!vector)
        return failureOf(vector.error());
    return into ? unflattenInto(options, *vector, job) : unflattenFresh(options, *vector, job);
}

} // namespace

void addFlattenCommands(CLI::App& app, Action& action)
{
    auto options = std::make_shared<Options>();
    CLI::App* flat = app.add_subcommand("flatten", "The flat vector as a .npy array");
    flat->add_option("FILE", options->file, "A checkpoint")->required();
    flat->add_option("-o,--output", options->output, "The array")->type_name("V.npy")->required();
    options->dtypeOption = flat->add_option("--dtype", options->dtype, "Its dtype (default: the one that torch would promote to)")->type_name("D");
    options->templateOption
        = flat->add_option("--template", options->templateFile, "Order and names from a template of `ravel layout --json`")->type_name("T.json");
    flat->add_flag("--force", options->force, "Replace an existing output");
    options->layout.addTo(*flat);
    flat->footer("Numbers that do not survive the conversion of their dtype are reported.\n\n"
                 "Example:\n  ravel flatten net.pt -o net.npy\n  ravel flatten net.pt -o net.npy --order parameters --dtype float64");
    flat->callback([options, &action] { action = [options] { return runFlatten(*options); }; });

    options = std::make_shared<Options>();
    CLI::App* back = app.add_subcommand("unflatten", "A .npy vector back into a checkpoint, or into a fresh one");
    back->add_option("V.npy", options->vector, "The vector")->required();
    options->intoOption = back->add_option("--into", options->file, "The checkpoint whose numbers it replaces in a copy")->type_name("FILE");
    options->templateOption = back->add_option("--template", options->templateFile, "The template of a fresh file")->type_name("T.json");
    options->intoOption->excludes(options->templateOption);
    back->add_option("-o,--output", options->output, "The file to write; .pt or .safetensors with --template")->type_name("OUT")->required();
    back->add_flag("--force", options->force, "Replace an existing output");
    options->layout.addTo(*back);
    back->footer("Example:\n  ravel unflatten net.npy --into net.pt -o changed.pt\n"
                 "  ravel unflatten net.npy --template net.layout.json -o fresh.safetensors");
    back->callback([options, &action] { action = [options] { return runUnflatten(*options); }; });
}

} // namespace ravel
