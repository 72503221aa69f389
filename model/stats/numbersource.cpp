// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/numbersource.h"

#include "base/number.h"

#include <cstring>

namespace ravel {

namespace {

Result<> nothingThere(const Box&) { return fail(ErrorCode::Usage, "there are no numbers for this tensor"); }

class EditedNumbers : public NumberSource {
public:
    explicit EditedNumbers(EditedVector vector)
        : m_vector(std::move(vector))
    {
    }

    std::optional<Dtype> dtypeOf(TensorOrdinal t) const override
    {
        const auto& tensors = m_vector.checkpoint().tensors;
        if (t >= tensors.size() || !tensors[t].readable)
            return std::nullopt;
        return tensors[t].dtype;
    }
    Result<> readBox(const Box& box, std::vector<std::byte>& out) const override { return m_vector.readBox(box, out); }
    std::optional<std::pair<EditedVector, Selection>> direct(const Selection& selection) const override
    {
        return std::pair(m_vector, selection);
    }

private:
    EditedVector m_vector;
};

class MatchedNumbers : public NumberSource {
public:
    MatchedNumbers(EditedVector other, std::vector<TensorOrdinal> matches)
        : m_other(std::move(other))
        , m_matches(std::move(matches))
    {
    }

    std::optional<Dtype> dtypeOf(TensorOrdinal t) const override
    {
        const TensorOrdinal match = matchOf(t);
        if (match == noOrdinal || !m_other.checkpoint().tensors[match].readable)
            return std::nullopt;
        return m_other.checkpoint().tensors[match].dtype;
    }
    Result<> readBox(const Box& box, std::vector<std::byte>& out) const override
    {
        if (!dtypeOf(box.tensor))
            return nothingThere(box);
        return m_other.readBox({ matchOf(box.tensor), box.slices }, out);
    }
    std::optional<std::pair<EditedVector, Selection>> direct(const Selection& selection) const override
    {
        Selection there { {}, selection.where };
        for (const Box& box : selection.boxes)
            if (dtypeOf(box.tensor))
                there.boxes.push_back({ matchOf(box.tensor), box.slices });
        return std::pair(m_other, std::move(there));
    }

private:
    TensorOrdinal matchOf(TensorOrdinal t) const { return t < m_matches.size() ? m_matches[t] : noOrdinal; }

    EditedVector m_other;
    std::vector<TensorOrdinal> m_matches;
};

// As pairs of doubles where `complex`; what is real has an imaginary part of 0 then.
std::vector<double> widened(Dtype dtype, const std::vector<std::byte>& elements, bool complex)
{
    const std::size_t n = elements.size() / static_cast<std::size_t>(dtypeSize(dtype));
    std::vector<double> out((complex ? 2 : 1) * n);
    toDoubles(dtype, elements.data(), n, out.data());
    if (complex && !isComplex(dtype))
        for (std::size_t i = n; i-- > 0;) {
            out[2 * i] = out[i];
            out[2 * i + 1] = 0;
        }
    return out;
}

class DifferenceNumbers : public NumberSource {
public:
    DifferenceNumbers(std::shared_ptr<const NumberSource> a, std::shared_ptr<const NumberSource> b)
        : m_a(std::move(a))
        , m_b(std::move(b))
    {
    }

    std::optional<Dtype> dtypeOf(TensorOrdinal t) const override
    {
        const auto a = m_a->dtypeOf(t), b = m_b->dtypeOf(t);
        if (!a || !b)
            return std::nullopt;
        return isComplex(*a) || isComplex(*b) ? Dtype::Complex128 : Dtype::Float64;
    }
    Result<> readBox(const Box& box, std::vector<std::byte>& out) const override
    {
        const auto dtype = dtypeOf(box.tensor);
        if (!dtype)
            return nothingThere(box);
        std::vector<std::byte> a, b;
        RAVEL_TRY(m_a->readBox(box, a));
        RAVEL_TRY(m_b->readBox(box, b));
        std::vector<double> x = widened(*m_a->dtypeOf(box.tensor), a, isComplex(*dtype));
        const std::vector<double> y = widened(*m_b->dtypeOf(box.tensor), b, isComplex(*dtype));
        if (x.size() != y.size())
            return fail(ErrorCode::Usage, "the two tensors differ in shape");
        for (std::size_t i = 0; i < x.size(); ++i)
            x[i] -= y[i];
        out.resize(x.size() * sizeof(double));
        std::memcpy(out.data(), x.data(), out.size());
        return {};
    }

private:
    std::shared_ptr<const NumberSource> m_a, m_b;
};

} // namespace

std::shared_ptr<const NumberSource> editedNumbers(EditedVector vector) { return std::make_shared<EditedNumbers>(std::move(vector)); }

std::shared_ptr<const NumberSource> matchedNumbers(EditedVector other, std::vector<TensorOrdinal> matches)
{
    return std::make_shared<MatchedNumbers>(std::move(other), std::move(matches));
}

std::shared_ptr<const NumberSource> differenceNumbers(std::shared_ptr<const NumberSource> a, std::shared_ptr<const NumberSource> b)
{
    return std::make_shared<DifferenceNumbers>(std::move(a), std::move(b));
}

} // namespace ravel
