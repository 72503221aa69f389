// SPDX-License-Identifier: GPL-3.0-or-later
#include "save/torchplugin.h"

#include "base/posixfile.h"

#include <atomic>
#include <climits>
#include <cstdlib>
#include <dlfcn.h>
#include <mutex>
#include <unistd.h>

namespace ravel {

namespace {

constexpr const char* fileName = "ravel_torch.so";
constexpr const char* entryPoint = "ravelTorchPlugin";

std::atomic<const TorchPlugin*> found = nullptr;

// Where the plugin may be, in the order in which it is looked for.
std::vector<std::string> candidates()
{
    std::vector<std::string> paths;
    if (const char* given = std::getenv("RAVEL_PLUGIN_PATH"); given != nullptr && *given != '\0') {
        const std::string path = given;
        paths.push_back(path.ends_with(".so") ? path : path + '/' + fileName);
    }
    char self[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof self);
    if (length > 0 && length < static_cast<ssize_t>(sizeof self)) {
        const std::string above = directoryOf(std::string(self, static_cast<std::size_t>(length))) + "/../";
        for (const char* folder : { "lib/", "lib/ravel/" })
            paths.push_back(above + folder + fileName);
    }
    return paths;
}

Result<const TorchPlugin*> loadFrom(const std::string& path)
{
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr)
        return fail(ErrorCode::Unsupported, "LibTorch could not be loaded: " + std::string(dlerror()).substr(0, 220));
    using Make = TorchPlugin*();
    auto* make = reinterpret_cast<Make*>(dlsym(library, entryPoint));
    const TorchPlugin* plugin = make == nullptr ? nullptr : make();
    if (plugin == nullptr)
        return fail(ErrorCode::Unsupported, shownPath(path) + " is no plugin of Ravel: it has no " + entryPoint);
    return plugin;
}

Result<const TorchPlugin*> load()
{
    const std::vector<std::string> paths = candidates();
    for (const std::string& path : paths)
        if (access(path.c_str(), F_OK) == 0)
            return loadFrom(path);
    return fail(ErrorCode::Unsupported, std::string("the plugin for LibTorch (") + fileName
            + ") is not installed, so this cannot be done; safetensors files can be written without it");
}

} // namespace

Result<const TorchPlugin*> loadTorchPlugin()
{
    static std::once_flag once;
    static Result<const TorchPlugin*> answer = nullptr;
    std::call_once(once, [] {
        answer = load();
        if (answer)
            found = *answer;
    });
    return answer;
}

const TorchPlugin* loadedTorchPlugin() { return found; }

} // namespace ravel
