// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli.h"

#include "app/clicommands.h"
#include "base/text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <vector>

namespace ravel {

namespace {

constexpr std::array<std::string_view, 15> commands = { "info", "check", "anomalies", "layout", "locate", "stats", "hist", "values", "flatten",
    "unflatten", "apply", "diff", "verify", "convert", "render" };

const char* const examples = R"(Examples:
  ravel net.pt                                      opens the window
  ravel -- info                                     opens a file that is called info
  ravel --sample small-cnn                          opens a sample in the window
  ravel info net.pt                                 what is in it
  ravel layout net.pt --order parameters            where each tensor stands in the flat vector
  ravel stats net.pt --tensor 'encoder.*'           statistics of some of it
  ravel values net.pt --slice 'fc.weight[3, :]'     a row
  ravel apply halve.json net.pt -o halved.pt        an edit, saved
  ravel diff net.pt halved.pt                       what it changed
  ravel render net.pt -o map.svg                    a figure

Exit codes: 0 done; 1 it failed, one line on standard error says what and where; 2 the call was wrong.
`ravel COMMAND --help` tells more of a command.)";

// The window's own, and those that Qt takes for itself (QApplication, QGuiApplication), with one dash or two.
constexpr std::array<std::string_view, 18> windowOptions = { "sample", "platform", "platformpluginpath", "platformtheme", "plugin", "qwindowgeometry",
    "compare", "qwindowicon", "qwindowtitle", "reverse", "session", "display", "geometry", "fontdir", "style", "stylesheet", "widgetcount", "qmljsdebugger" };

bool isUnknownOption(std::string_view argument)
{
    if (!argument.starts_with('-') || argument == "-" || argument == "--")
        return false;
    std::string_view name = argument.substr(argument.starts_with("--") ? 2 : 1);
    name = name.substr(0, name.find('='));
    return std::find(windowOptions.begin(), windowOptions.end(), name) == windowOptions.end();
}

bool isGlobalOption(std::string_view argument) { return argument == "--help" || argument == "-h" || argument == "--version"; }

int complain(const std::string& sentence, int code)
{
    std::fprintf(stderr, "ravel: %s\n", sentence.c_str());
    return code;
}

int finish(const Result<Outcome>& outcome)
{
    if (!outcome)
        return complain(outcome.error().message, outcome.error().code == ErrorCode::Usage ? 2 : 1);
    Printer printer;
    auto printed = printer.print(outcome->text);
    if (printed)
        printed = printer.flush();
    if (!printed)
        return complain(printed.error().message, 1);
    return outcome->complaint.empty() ? outcome->code : complain(outcome->complaint, outcome->code);
}

// The parser's sentence on one line.
std::string oneLine(std::string text)
{
    std::replace(text.begin(), text.end(), '\n', ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    return escaped(text);
}

// The parser takes what follows "--scope=" for its value: an empty one becomes an argument of its own.
std::vector<std::string> withEmptyValues(int argc, char** argv)
{
    std::vector<std::string> arguments;
    bool options = true;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        options = options && argument != "--";
        const bool isEmpty = options && argument.starts_with("--") && argument.find('=') == argument.size() - 1;
        arguments.emplace_back(isEmpty ? argument.substr(0, argument.size() - 1) : argument);
        if (isEmpty)
            arguments.emplace_back();
    }
    return arguments;
}

Result<Outcome> run(const Action& action)
{
    try {
        return action();
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::Limit, "there is not enough memory for this");
    } catch (const std::exception& error) {
        return fail(ErrorCode::Io, "something unforeseen happened: " + escaped(error.what(), 200));
    }
}

} // namespace

bool isCommand(int argc, char** argv)
{
    if (argc < 2)
        return false;
    const std::string_view first = argv[1];
    return isUnknownOption(first) || std::find(commands.begin(), commands.end(), first) != commands.end();
}

int runCommand(int argc, char** argv, const Renderer& renderer)
{
    if (argc > 1 && isUnknownOption(argv[1]) && !isGlobalOption(argv[1]))
        return complain("there is no option '" + escaped(argv[1], 100) + "'; `ravel --help` lists what there is", 2);
    CLI::App app("Ravel inspects and edits PyTorch checkpoints. `ravel [FILE...]` opens the window; the commands below need no display.", "ravel");
    app.set_version_flag("--version", "ravel " RAVEL_VERSION);
    app.require_subcommand(1);
    app.footer(examples);
    Action action;
    addInfoCommand(app, action);
    addCheckCommand(app, action);
    addLayoutCommands(app, action);
    addStatsCommands(app, action);
    addAnomaliesCommand(app, action);
    addValuesCommand(app, action);
    addFlattenCommands(app, action);
    addApplyCommands(app, action);
    addDiffCommand(app, action);
    addRenderCommand(app, action, renderer);
    addLaterCommands(app, action);
    try {
        std::vector<std::string> arguments = withEmptyValues(argc, argv);
        std::reverse(arguments.begin(), arguments.end()); // as the parser takes them
        app.parse(std::move(arguments));
    } catch (const CLI::Success& asked) { // --help, --version
        return app.exit(asked);
    } catch (const CLI::ParseError& error) {
        return complain(oneLine(error.what()) + "; `ravel --help` tells more", 2);
    }
    return finish(run(action));
}

} // namespace ravel
