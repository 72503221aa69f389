// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clioutput.h"

#include "base/text.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <unistd.h>

namespace ravel {

namespace {

std::size_t widthOf(const std::string& text) // code points
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string realJson(double value)
{
    if (std::isnan(value))
        return "\"NaN\"";
    if (std::isinf(value))
        return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    return dumped(Json(value));
}

std::string integerText(Int128 value)
{
    const bool negative = value < 0;
    auto left = negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
    std::string digits;
    do
        digits += static_cast<char>('0' + static_cast<int>(left % 10));
    while ((left /= 10) != 0);
    if (negative)
        digits += '-';
    std::reverse(digits.begin(), digits.end());
    return digits;
}

std::atomic<const Job*> interruptible { nullptr };

void interrupt(int)
{
    if (const Job* job = interruptible.load())
        job->cancel();
}

} // namespace

Json numberJson(double value)
{
    if (std::isfinite(value))
        return value;
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

std::string elementJson(Dtype dtype, const std::byte* element)
{
    const Number number = loadNumber(dtype, element);
    if (dtype == Dtype::Bool)
        return number.toDouble() != 0 ? "true" : "false";
    switch (number.kind) {
    case Number::Kind::Integer: return integerText(number.integer);
    case Number::Kind::Real: return realJson(number.real);
    case Number::Kind::Complex: break;
    }
    return '[' + realJson(number.real) + ", " + realJson(number.imag) + ']';
}

std::string jsonText(const Json& json)
{
    if (!json.is_object() || json.empty())
        return dumped(json) + '\n';
    std::string text = "{";
    for (auto item = json.begin(); item != json.end(); ++item) {
        text += item == json.begin() ? "\n  " : ",\n  ";
        text += dumped(Json(item.key())) + ": ";
        const Json& value = item.value();
        if (!value.is_array() || value.empty() || !value.front().is_object()) {
            text += dumped(value);
            continue;
        }
        for (std::size_t i = 0; i < value.size(); ++i)
            text += (i == 0 ? "[\n    " : ",\n    ") + dumped(value[i]);
        text += "\n  ]";
    }
    return text + "\n}\n";
}

std::string Table::text() const
{
    std::vector<std::size_t> widths;
    for (const Column& column : m_columns)
        widths.push_back(widthOf(column.title));
    for (const auto& row : m_rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], widthOf(row[i]));
    std::string text;
    const auto addRow = [&](const auto& cell) {
        std::string line;
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            const std::string& value = cell(i);
            const std::string space(widths[i] - widthOf(value), ' ');
            line += (i == 0 ? "" : "  ") + (m_columns[i].left ? value + space : space + value);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    };
    addRow([&](std::size_t i) -> const std::string& { return m_columns[i].title; });
    for (const auto& row : m_rows)
        addRow([&](std::size_t i) -> const std::string& { return row[i]; });
    return text;
}

std::string factsText(const std::vector<std::pair<std::string, std::string>>& facts)
{
    std::size_t width = 0;
    for (const auto& [key, value] : facts)
        if (!value.empty())
            width = std::max(width, widthOf(key));
    std::string text;
    for (const auto& [key, value] : facts)
        if (!value.empty())
            text += key + std::string(width - widthOf(key) + 2, ' ') + value + '\n';
    return text;
}

std::string counted(std::int64_t n, const std::string& one, const std::string& many)
{
    return grouped(n) + ' ' + (n == 1 ? one : many.empty() ? one + 's' : many);
}

std::string numberText(double value)
{
    if (!std::isfinite(value))
        return shortest(value);
    char text[40];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

Result<> Printer::print(std::string_view text)
{
    m_pending += text;
    return m_pending.size() < (1 << 20) ? Result<>() : flush();
}

Result<> Printer::flush()
{
    const bool written = std::fwrite(m_pending.data(), 1, m_pending.size(), stdout) == m_pending.size() && std::fflush(stdout) == 0;
    m_pending.clear();
    if (!written)
        return fail(ErrorCode::Io, std::string("standard output can't be written: ") + std::strerror(errno));
    return {};
}

Job commandJob(const std::string& what)
{
    static Job running; // lives as long as a signal may come
    Job::Progress progress;
    if (isatty(STDERR_FILENO)) {
        struct Shown {
            std::atomic<std::int64_t> next { 0 }; // milliseconds
            std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
        };
        auto shown = std::make_shared<Shown>();
        progress = [shown, what](std::int64_t done, std::int64_t total) {
            const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - shown->start).count();
            std::int64_t due = shown->next.load();
            const bool last = done >= total;
            if (now < 300 || total <= 0 || (!last && (now < due || !shown->next.compare_exchange_strong(due, now + 100))))
                return;
            std::fprintf(stderr, "\r%s: %3d %%%s", what.c_str(),
                static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total)), last ? "\r\033[K" : "");
        };
    }
    running = Job(std::move(progress));
    interruptible = &running;
    std::signal(SIGINT, interrupt);
    std::signal(SIGTERM, interrupt);
    return running;
}

} // namespace ravel
