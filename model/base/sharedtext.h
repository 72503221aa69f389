// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace ravel {

// A text that many objects have in common, or that most do not have: takes the room of a pointer, none besides where it is empty. Copies share
// it. Immutable but for assignment; copies may be used on several threads.
class SharedText {
public:
    SharedText() = default;
    SharedText(std::string text)
        : m_held(text.empty() ? nullptr : new Held { 1, std::move(text) })
    {
    }
    SharedText(std::string_view text)
        : SharedText(std::string(text))
    {
    }
    SharedText(const char* text)
        : SharedText(std::string(text))
    {
    }
    SharedText(const SharedText& other) noexcept
        : m_held(other.m_held)
    {
        if (m_held)
            m_held->uses.fetch_add(1, std::memory_order_relaxed);
    }
    SharedText(SharedText&& other) noexcept
        : m_held(std::exchange(other.m_held, nullptr))
    {
    }
    SharedText& operator=(SharedText other) noexcept
    {
        std::swap(m_held, other.m_held);
        return *this;
    }
    ~SharedText()
    {
        if (m_held && m_held->uses.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete m_held;
    }

    const std::string& str() const
    {
        static const std::string none;
        return m_held ? m_held->text : none;
    }
    operator const std::string&() const { return str(); }
    operator std::string_view() const { return str(); }
    bool empty() const { return !m_held; }
    const char* c_str() const { return str().c_str(); }
    std::size_t find(std::string_view part) const { return str().find(part); }
    bool sharesWith(const SharedText& other) const { return m_held == other.m_held; }

    friend bool operator==(const SharedText& a, const SharedText& b) { return a.sharesWith(b) || a.str() == b.str(); }
    template <class Text, class = std::enable_if_t<std::is_convertible_v<const Text&, std::string_view> && !std::is_same_v<Text, SharedText>>>
    friend bool operator==(const SharedText& a, const Text& b)
    {
        return a.str() == std::string_view(b);
    }
    friend std::string operator+(std::string a, const SharedText& b) { return std::move(a += b.str()); }
    friend std::string operator+(const SharedText& a, std::string_view b) { return std::string(a.str()).append(b); }

private:
    struct Held {
        std::atomic<std::size_t> uses;
        const std::string text;
    };
    Held* m_held = nullptr;
};

// Gives equal texts the same room.
class SharedTexts {
public:
    SharedText of(const std::string& text) { return text.empty() ? SharedText() : m_known.try_emplace(text, text).first->second; }

private:
    std::unordered_map<std::string, SharedText> m_known;
};

} // namespace ravel
