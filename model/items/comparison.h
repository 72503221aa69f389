// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "document/diff.h"
#include "items/sidenumbers.h"

#include <memory>
#include <optional>
#include <vector>

class QTimer;

namespace ravel {

class Session;

// A second checkpoint, B, beside the one of the session, A: matched, compared on the pool, with the numbers of B and of A - B for map, histogram and heat
// map. A is what the window shows, edits and all; B is a file, or A's own file as it was saved. GUI thread only.
class Comparison : public QObject {
    Q_OBJECT
public:
    explicit Comparison(Session&, QObject* parent = nullptr);
    ~Comparison() override;

    bool isOpen() const { return m_other.has_value(); }
    bool opening() const { return m_opening; }
    bool withSaved() const { return m_saved; }          // B is A's file as it was saved
    QString path() const { return m_path; }             // of B, absolute; of A's file where that is B
    QString title() const;                              // of B: a file name
    const Checkpoint* other() const { return m_other ? &m_other->checkpoint() : nullptr; }

    void open(const QString& path);                     // opened() or failed(); a comparison that is open stays until then
    void openSaved();
    void reload();                                      // B as it now is on disk
    void close();

    // Matching. What is set is tried on the pool: matched() follows.
    void setMatch(const MatchSpec&);
    const MatchSpec& match() const { return m_spec; }
    const Matching* matching() const { return m_matching ? &*m_matching : nullptr; } // null until matched()
    const std::optional<Matcher::Suggestion>& suggestion() const { return m_suggestion; }
    std::shared_ptr<const Matcher> matcher() const { return m_matcher; }             // for a preview of other rules

    // Results, by pair of matching()->pairs; what isKnown() says false of is still to be compared.
    const std::vector<TensorDiff>& tensors() const { return m_diffs; }
    bool isKnown(std::size_t pair) const { return m_known[pair]; }
    bool comparing() const { return m_comparing.has_value(); }
    // What was cancelled of matching, comparing, and the analysis of the numbers of a side.
    enum class Unfinished { Nothing, Matching, Comparing, Analysing };
    Unfinished unfinished() const;                      // the first of them
    void goOn();                                        // with all of it
    struct Counts {
        std::int64_t known = 0, same = 0, values = 0, dtype = 0, shape = 0, onlyA = 0, onlyB = 0, unreadable = 0;
    };
    Counts counts() const;

    // The pair that comes after (by = 1) or before (-1) a place of the map among those whose numbers or shapes differ, and whether the search went
    // round the end; none where none differs.
    struct Step {
        std::size_t pair = 0;
        bool round = false;
    };
    std::optional<Step> stepFrom(std::optional<FlatIndex>, int by) const;
    // Where the pair's tensor stands in the map, cut to where it differs; none of one that is only in B, or has no place there.
    std::optional<FlatRange> placeOf(std::size_t pair, bool whole) const;

    // Whose numbers map, histogram and heat map show.
    Side shown() const { return m_shown; }
    void setShown(Side);                                // makes them where they are not there yet
    void want(Side);                                    // likewise, without showing them
    const SideNumbers& numbers(Side) const;             // of B or Difference

Q_SIGNALS:
    void opened();
    void closed();
    void failed(const QString& sentence);
    void matched();                                     // other pairs, or none any more: tensors() are new
    void found();                                       // more of tensors() are known; at most 10 a second
    void compared();                                    // all are, or it was cancelled
    void unfinishedChanged();
    void shownChanged();
    void numbersChanged(ravel::Side);                   // numbers(side) are others
    void statisticsChanged(ravel::Side);

private:
    struct Inbox;
    struct Matched;
    void adopt(const QString& path, std::shared_ptr<const Checkpoint>, bool saved);
    void rematch();
    void adoptMatching(Matched);
    void compare();
    void drain();
    void documentChanged();
    void edited();
    void forgetNumbers();
    void forgetMatching();
    SideNumbers& side(Side) const;

    Session& m_session;
    QTimer* m_timer;
    QString m_path;
    bool m_opening = false, m_saved = false;
    bool m_matchCut = false;                        // matching was cancelled, by the user: m_matching is that of the rules before
    int m_ticket = 0, m_matchTicket = 0;
    std::optional<EditedVector> m_other;
    EditedVector m_first { nullptr };               // A, as it was last looked at
    MatchSpec m_spec;
    std::shared_ptr<const Matcher> m_matcher;
    std::optional<Matching> m_matching;
    std::shared_ptr<const std::vector<Matching::Pair>> m_pairs;
    std::optional<Matcher::Suggestion> m_suggestion;
    std::vector<TensorDiff> m_diffs;
    std::vector<bool> m_known;
    std::shared_ptr<Inbox> m_inbox;
    std::optional<Job> m_openJob, m_matchJob, m_comparing;
    Side m_shown = Side::A;
    SideNumbers *m_numbersOfB, *m_difference;
};

} // namespace ravel
