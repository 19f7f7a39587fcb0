# gnuplot discrepancy.gp   makes discrepancy.svg, discrepancy.png from discrepancy.csv
set encoding utf8
set datafile separator ','
set key outside top center horizontal noenhanced samplen 2 font ',11'
set border 3
set tics nomirror
set grid ytics linecolor rgb '#dddddd' linewidth 1
set linetype 1 linecolor rgb '#0072B2' linewidth 2
set linetype 2 linecolor rgb '#D55E00' linewidth 2
set linetype 3 linecolor rgb '#009E73' linewidth 2
set linetype 4 linecolor rgb '#CC79A7' linewidth 2
set linetype 5 linecolor rgb '#E69F00' linewidth 2
set linetype 6 linecolor rgb '#56B4E9' linewidth 2
set linetype 7 linecolor rgb '#000000' linewidth 2
set terminal svg size 640,400 font 'Helvetica,12' background '#ffffff'
set output 'discrepancy.svg'
set title '100000 images, 3.0 % ambiguous (second class 0.4, else 0.001), seed 0' noenhanced font ',10'
set xlabel 'probability s that the model gives the second class'
set ylabel 'mean discrepancy Σ|p − q|'
set y2label 'mean KL(p‖q) (nats)'
set y2tics
set border 11
set yrange [0:*]
set y2range [0:*]
plot 'discrepancy.csv' every ::1 using 1:3 with lines linetype 1 title 'Σ|p − q|, expected', '' every ::1 using 1:2 with points linetype 1 pointtype 6 title 'simulated', '' every ::1 using 1:5 axes x1y2 with lines linetype 2 title 'KL, expected', '' every ::1 using 1:4 axes x1y2 with points linetype 2 pointtype 4 title 'simulated'
set terminal pngcairo size 1280,800 font 'Helvetica,12' fontscale 2 linewidth 2 pointscale 2
set output 'discrepancy.png'
replot
set output
