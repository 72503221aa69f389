// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/banners.h"

#include "items/filewatch.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/messagebar.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t listedMessages = 2000;

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

Banners::Banners(Session& session, MessageBar& messages, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_messages(messages)
    , m_watch(new FileWatch(session, this))
{
    connect(&session, &Session::opened, this, &Banners::opened);
    connect(&session, &Session::failed, this,
        [this](const QString& sentence) { m_messages.tell(u"error"_s, { Tone::Trouble, sentence, {}, {} }); });
    connect(&session, &Session::applied, this, [this] { m_messages.withdraw(u"error"_s); });
    connect(m_watch, &FileWatch::changed, this, [this] { changedOnDisk(false); });
    connect(m_watch, &FileWatch::gone, this, [this] { changedOnDisk(true); });
}

void Banners::opened()
{
    m_messages.clear();
    const Checkpoint& checkpoint = m_session.document()->checkpoint();
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
    Message message { Tone::Warning,
        gone ? tr("%1 is no longer where it was. What is shown comes from the file that was opened.").arg(m_session.title())
             : tr("%1 has changed on disk.").arg(m_session.title()),
        {}, {} };
    if (!gone)
        message.answers.push_back({ tr("Reload"), [this] { m_session.reload(); } });
    message.answers.push_back({ tr("Keep Mine"), [this] { m_watch->accept(); } });
    if (!gone)
        message.answers.push_back({ tr("Compare"), [this] {
                                       m_watch->accept();
                                       Q_EMIT compareWanted();
                                   } });
    m_messages.tell(u"changed"_s, message);
}

} // namespace ravel
