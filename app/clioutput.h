// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/job.h"
#include "base/number.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ravel {

// What a command leaves: all of its standard output, its exit code, and, where that is not 0, a sentence for standard error.
struct Outcome {
    std::string text {};
    int code = 0;
    std::string complaint {};
};

using Json = nlohmann::ordered_json;

// A number that is not finite as the string "NaN", "Infinity" or "-Infinity".
Json numberJson(double);
// An element as JSON text: whole integers, [re, im], true and false; floats exactly.
std::string elementJson(Dtype, const std::byte* element);
// JSON for a file or a pipe: one line for each key of the outermost object and for each object in its lists.
std::string jsonText(const Json&);

// Columns under a header line, as wide as their widest text; all but the named ones are set to the right.
class Table {
public:
    struct Column {
        std::string title;
        bool left = false;
    };
    explicit Table(std::vector<Column> columns)
        : m_columns(std::move(columns))
    {
    }
    void add(std::vector<std::string> row) { m_rows.push_back(std::move(row)); }
    bool empty() const { return m_rows.empty(); }
    std::string text() const;

private:
    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

// "key   value" lines; an empty value leaves its line out.
std::string factsText(const std::vector<std::pair<std::string, std::string>>&);

std::string counted(std::int64_t n, const std::string& one, const std::string& many = {}); // "1 tensor", "1,024 tensors"
std::string numberText(double); // six digits, for people

// Writes to standard output in large parts; failure where it can't be written.
class Printer {
public:
    Result<> print(std::string_view);
    Result<> flush();

private:
    std::string m_pending;
};

// Cancelled by an interrupt of the process; shows how far it is on standard error where that is a terminal.
Job commandJob(const std::string& what);

} // namespace ravel
