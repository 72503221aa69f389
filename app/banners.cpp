// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/banners.h"

#include "items/comparison.h"
#include "items/filewatch.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/messagebar.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t listedMessages = 2000;
const QString changedKey = u"changed"_s, otherKey = u"changedB"_s, replayedKey = u"replayed"_s;

QString listOf(const std::vector<std::string>& messages)
{
    QStringList lines;
    for (std::size_t i = 0; i < std::min(messages.size(), listedMessages); ++i)
        lines << sentenceOf({ ErrorCode::Format, messages[i] });
    if (messages.size() > listedMessages)
        lines << Banners::tr("… and %1 more").arg(countText(static_cast<std::int64_t>(messages.size() - listedMessages)));
    return lines.join(u'\n');
}

} // namespace

Banners::Banners(Session& session, Comparison& comparison, MessageBar& messages, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_comparison(comparison)
    , m_messages(messages)
    , m_watch(new FileWatch(*session.tasks(), this))
    , m_watchOfB(new FileWatch(*session.tasks(), this))
{
    connect(&session, &Session::opened, this, &Banners::opened);
    connect(&session, &Session::saved, this, &Banners::saved);
    connect(&session, &Session::savingChanged, this, [this] { m_watch->setPaused(m_session.saving()); });
    connect(&session, &Session::failed, this,
        [this](const QString& sentence) { m_messages.tell(u"error"_s, { Tone::Trouble, sentence, {}, {} }); });
    connect(&session, &Session::applied, this, [this] { m_messages.withdraw(u"error"_s); });
    connect(&session, &Session::replayed, this, &Banners::replayed);
    connect(&session, &Session::editsChanged, this, [this] {
        if (m_messages.has(changedKey)) // it speaks of the edits
            changedOnDisk(m_gone);
    });
    // While it is being opened there is nothing to say; a reload that fails or is cancelled leaves what was to be said.
    const auto tell = [this](bool gone) { m_session.opening() ? m_watch->tellAgain() : changedOnDisk(gone); };
    connect(m_watch, &FileWatch::changed, this, [tell] { tell(false); });
    connect(m_watch, &FileWatch::gone, this, [tell] { tell(true); });
    connect(&comparison, &Comparison::opened, this, &Banners::comparisonOpened);
    connect(&comparison, &Comparison::closed, this, [this] {
        m_messages.withdraw(otherKey);
        m_watchOfB->forget();
    });
    const auto tellOfB = [this](bool gone) { m_comparison.opening() ? m_watchOfB->tellAgain() : otherChanged(gone); };
    connect(m_watchOfB, &FileWatch::changed, this, [tellOfB] { tellOfB(false); });
    connect(m_watchOfB, &FileWatch::gone, this, [tellOfB] { tellOfB(true); });
}

void Banners::check()
{
    m_watch->check();
    m_watchOfB->check();
}

void Banners::saved()
{
    m_messages.withdraw(changedKey);
    m_watch->watch(m_session.document()->checkpoint().files);
}

void Banners::opened()
{
    m_messages.clear();
    m_watchOfB->tellAgain();
    const Checkpoint& checkpoint = m_session.document()->checkpoint();
    m_watch->watch(checkpoint.files);
    if (!checkpoint.writable)
        m_messages.tell(u"read-only"_s, { Tone::Warning,
            checkpoint.readOnlyReason.empty() ? tr("This file opens read-only.")
                                              : tr("Read-only: %1").arg(sentenceOf({ ErrorCode::Format, checkpoint.readOnlyReason })),
            {}, {} });
    std::vector<std::string> warnings = checkpoint.messages;
    for (const Tensor& tensor : checkpoint.tensors)
        if (!tensor.reason.empty() && !tensor.readable)
            warnings.push_back(tensor.name + ": " + tensor.reason);
    if (warnings.size() == 1)
        m_messages.tell(u"warnings"_s, { Tone::Warning, sentenceOf({ ErrorCode::Format, warnings.front() }), {}, {} });
    else if (!warnings.empty())
        m_messages.tell(u"warnings"_s, { Tone::Warning, tr("%Ln warning(s) about this file.", nullptr, static_cast<int>(warnings.size())),
            listOf(warnings), {} });
}

void Banners::changedOnDisk(bool gone)
{
    m_gone = gone;
    const int edits = m_session.document() ? static_cast<int>(m_session.document()->edited().steps().size()) : 0;
    Message message { Tone::Warning,
        gone ? tr("%1 is no longer where it was. What is shown comes from the file that was opened.").arg(m_session.title())
             : tr("%1 has changed on disk.").arg(m_session.title()),
        {}, {} };
    if (!gone && edits > 0)
        message.text += u' ' + tr("Reloaded, it keeps your %Ln unsaved edit(s) where they still apply.", nullptr, edits);
    if (!gone)
        message.answers.push_back({ edits > 0 ? tr("Reload With Edits") : tr("Reload"), [this] {
                                       m_watch->tellAgain();
                                       m_session.reloadWithEdits();
                                   } });
    message.answers.push_back({ tr("Keep Mine"), [this] { m_watch->accept(); } });
    if (!gone)
        message.answers.push_back({ tr("Compare"), [this] {
                                       m_watch->accept();
                                       Q_EMIT compareWanted();
                                   } });
    m_messages.tell(changedKey, message);
}

void Banners::replayed(const Replayed& result)
{
    const auto all = result.applied + result.refused.size();
    if (result.refused.isEmpty()) {
        m_messages.tell(replayedKey,
            { Tone::Information,
                result.reloaded ? tr("The file was reloaded, with %Ln edit(s) not yet saved.", nullptr, static_cast<int>(all))
                                : tr("Restored %Ln edit(s) not yet saved.", nullptr, static_cast<int>(all)),
                {}, {} });
        return;
    }
    QString text = result.reloaded ? tr("The file was reloaded; %1 of %Ln edit(s) could not be applied to it.", nullptr, static_cast<int>(all))
                                   : tr("%1 of %Ln edit(s) could not be applied to the file.", nullptr, static_cast<int>(all));
    text = text.arg(countText(result.refused.size()));
    if (result.refused.size() == 1)
        text += u' ' + result.refused.first();
    m_messages.tell(replayedKey, { Tone::Warning, text, result.refused.size() > 1 ? result.refused.join(u'\n') : QString(), {} });
}

void Banners::comparisonOpened()
{
    m_messages.withdraw(otherKey);
    if (m_comparison.withSaved())
        m_watchOfB->forget(); // the other watch speaks of it
    else
        m_watchOfB->watch(m_comparison.other()->files);
}

void Banners::otherChanged(bool gone)
{
    Message message { Tone::Warning,
        gone ? tr("B, %1, is no longer where it was. What is compared comes from the file that was opened.").arg(m_comparison.title())
             : tr("B, %1, has changed on disk: what is compared may no longer be what it holds.").arg(m_comparison.title()),
        {}, {} };
    if (!gone)
        message.answers.push_back({ tr("Reload"), [this] {
                                       m_watchOfB->tellAgain();
                                       m_comparison.reload();
                                   } });
    message.answers.push_back({ tr("Keep"), [this] { m_watchOfB->accept(); } });
    m_messages.tell(otherKey, message);
}

} // namespace ravel
