// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/startup.h"

#include <QCoreApplication>
#include <QSocketNotifier>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <unistd.h>

namespace ravel {

namespace {

int signalPipe[2] { -1, -1 };

void onSignal(int)
{
    const char byte = 1;
    [[maybe_unused]] const auto written = ::write(signalPipe[1], &byte, 1);
}

bool isSet(const char* variable)
{
    const char* value = std::getenv(variable);
    return value && *value;
}

double now()
{
    timespec at {};
    clock_gettime(CLOCK_BOOTTIME, &at);
    return static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) / 1e6;
}

// Field 22 of /proc/self/stat, in clock ticks since boot (proc(5)): 10 ms exact.
double processStart()
{
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t afterName = line.rfind(')');
    if (afterName == std::string::npos)
        return now();
    std::istringstream fields(line.substr(afterName + 2));
    std::string field;
    for (int i = 3; i <= 22; ++i)
        fields >> field;
    return std::strtod(field.c_str(), nullptr) * 1e3 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

} // namespace

const char* noDisplayReason()
{
    if (isSet("DISPLAY") || isSet("WAYLAND_DISPLAY"))
        return nullptr;
    if (const char* platform = std::getenv("QT_QPA_PLATFORM"); platform && *platform && std::strncmp(platform, "xcb", 3) != 0
        && std::strncmp(platform, "wayland", 7) != 0)
        return nullptr; // offscreen, vnc, a framebuffer: none of them needs a display server
    return "there is no display: DISPLAY and WAYLAND_DISPLAY are not set. `ravel info FILE` and the other commands work without one (ravel --help)";
}

void quitOnSignals(QCoreApplication& application)
{
    if (::pipe(signalPipe) != 0)
        return;
    auto* notifier = new QSocketNotifier(signalPipe[0], QSocketNotifier::Read, &application);
    QObject::connect(notifier, &QSocketNotifier::activated, &application, [] { QCoreApplication::exit(0); });
    struct sigaction action {};
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    for (const int number : { SIGTERM, SIGINT, SIGHUP })
        sigaction(number, &action, nullptr);
}

bool tracing() { return isSet("RAVEL_TRACE"); }

void trace(const char* what)
{
    if (tracing())
        std::fprintf(stderr, "trace: %s at %.0f ms\n", what, now() - processStart());
}

} // namespace ravel
